"""The token endpoints of CONTRACT section 2."""

from collections.abc import Iterator

from rest_framework.request import Request
from rest_framework.response import Response

from partners import schema, services
from partners.serializers import CredentialsSerializer, RefreshSerializer
from warrantify.errors import MESSAGES, DomainError
from warrantify.limits import LimitedView, client_address
from warrantify.parsers import json_body


class TokenView(LimitedView):
    """POST a username and password, get a token pair."""

    def limits(self, request: Request) -> Iterator[tuple[str, str]]:
        """By address, and by user name and address."""
        address = client_address(request)
        yield "login_ip", address
        if request.method == "POST":
            yield "login", f"{json_body(request).get('username')}\n{address}"

    @schema.token
    def post(self, request: Request) -> Response:
        """200 with `access` and `refresh`; 401 where username or password is wrong."""
        serializer = CredentialsSerializer(data=json_body(request))
        if not serializer.is_valid():
            raise DomainError(MESSAGES[400], serializer.errors)
        return Response(services.log_in(request._request, **serializer.validated_data))


class TokenRefreshView(LimitedView):
    """POST a refresh token, get a new pair; each refresh token works once."""

    def limits(self, request: Request) -> Iterator[tuple[str, str]]:
        """By address."""
        yield "login_ip", client_address(request)

    @schema.token_refresh
    def post(self, request: Request) -> Response:
        """200 with `access` and `refresh`; 401 for a token that is used up, expired or revoked."""
        serializer = RefreshSerializer(data=json_body(request))
        if not serializer.is_valid():
            raise DomainError(MESSAGES[400], serializer.errors)
        return Response(services.refresh_pair(serializer.validated_data["refresh"]))
