"""What the endpoints for partners have in common."""

from collections.abc import Iterable
from typing import ClassVar, cast

from rest_framework.request import Request

from partners.authentication import Caller
from warrantify.http.limits import LimitedView


class PartnerView(LimitedView):
    """A view for authenticated partners; all systems of a partner share the limit named `limit`."""

    limit: ClassVar[str]

    def limits(self, request: Request) -> Iterable[tuple[str, str]]:
        """One limit per partner and endpoint class."""
        return [(self.limit, str(cast(Caller, request.user).partner_id))]
