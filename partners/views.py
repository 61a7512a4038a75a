"""The token endpoints of docs/contract.md section 2."""

from django.http import HttpResponse
from rest_framework.request import Request

from partners import services
from partners.logins import login_caller
from partners.serializers import CredentialsSerializer, RefreshSerializer
from warrantify.http.limits import LimitedView
from warrantify.http.network import client_network
from warrantify.http.parsers import json_body
from warrantify.http.responses import json_answer


class TokenView(LimitedView):
    """POST a username and password, get a token pair."""

    def limits(self, request: Request) -> list[tuple[str, str]]:
        """By address; `post` adds the user name."""
        return [("login_ip", client_network(request))]

    def post(self, request: Request) -> HttpResponse:
        """200 with `access` and `refresh`; 401 where username or password is wrong."""
        credentials = CredentialsSerializer.read(json_body(request))
        self.take("login", login_caller(credentials["username"], client_network(request)))
        return json_answer(services.log_in(request._request, **credentials))


class TokenRefreshView(LimitedView):
    """POST a refresh token, get a new pair; each refresh token works once."""

    def limits(self, request: Request) -> list[tuple[str, str]]:
        """By address."""
        return [("login_ip", client_network(request))]

    def post(self, request: Request) -> HttpResponse:
        """200 with `access` and `refresh`; 401 for a token that is used up, expired or revoked."""
        return json_answer(services.refresh_pair(**RefreshSerializer.read(json_body(request))))
