"""What the endpoints for partners have in common."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.core.signing import BadSignature, Signer
from rest_framework.request import Request

from partners.authentication import Caller
from warrantify.http.errors import MESSAGES, DomainError
from warrantify.http.limits import LimitedView


def caller_of(request: Request) -> Caller:
    """Returns who sent the request to a view with one of the partners' authentication classes."""
    caller: Caller = request.user  # type: ignore[assignment] # which the stubs take for a User
    return caller


def success(message: str = "", **members: Any) -> dict[str, Any]:
    """Returns the body of an answer 200: `Message` if there is one, and its further members."""
    said = {"Message": message} if message else {}
    return {"Success": "True", "Status_code": "200", **said, **members}


def invalid(field: str, reason: str) -> DomainError:
    """Returns the refusal (400) of one field or parameter."""
    return DomainError(MESSAGES[400], {field: [reason]})


def cursor_for(whose: str, place: Any) -> str:
    """Returns the `Next_Cursor` after `place` in the list `whose`.

    A cursor of another list is as wrong as an invented one.
    """
    return Signer(salt=whose).sign_object(place)


def read_cursor(whose: str, cursor: str) -> Any:
    """Returns the place of a cursor; raises DomainError (400) for one that the service did not give."""
    try:
        return Signer(salt=whose).unsign_object(cursor)
    except BadSignature:
        raise invalid("cursor", "Give the Next_Cursor of the answer before.") from None


class PartnerView(LimitedView):
    """A view for authenticated partners; all systems of a partner share the limit named `limit`."""

    limit: ClassVar[str]

    def limits(self, request: Request) -> Iterable[tuple[str, str]]:
        """One limit per partner and endpoint class."""
        return [(self.limit, str(caller_of(request).partner_id))]
