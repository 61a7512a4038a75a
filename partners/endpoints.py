"""What the endpoints for partners have in common."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from rest_framework.request import Request

from partners.authentication import Caller
from warrantify.http.limits import LimitedView


def success(message: str = "", **members: Any) -> dict[str, Any]:
    """Returns the body of an answer 200: `Message` if there is one, and its further members."""
    said = {"Message": message} if message else {}
    return {"Success": "True", "Status_code": "200", **said, **members}


class PartnerView(LimitedView):
    """A view for authenticated partners; all systems of a partner share the limit named `limit`."""

    limit: ClassVar[str]

    def limits(self, request: Request) -> Iterable[tuple[str, str]]:
        """One limit per partner and endpoint class."""
        return [(self.limit, str(cast(Caller, request.user).partner_id))]
