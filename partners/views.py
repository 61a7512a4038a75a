"""The token endpoints of CONTRACT section 2."""

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from partners import services
from partners.serializers import CredentialsSerializer, RefreshSerializer
from warrantify.errors import MESSAGES, DomainError
from warrantify.parsers import json_body
from warrantify.views import json_answer


class TokenView(APIView):
    """POST a username and password, get a token pair."""

    def post(self, request: Request) -> HttpResponse:
        """200 with `access` and `refresh`; 401 where username or password is wrong."""
        serializer = CredentialsSerializer(data=json_body(request))
        if not serializer.is_valid():
            raise DomainError(MESSAGES[400], serializer.errors)
        return json_answer(services.log_in(request._request, **serializer.validated_data))


class TokenRefreshView(APIView):
    """POST a refresh token, get a new pair; each refresh token works once."""

    def post(self, request: Request) -> HttpResponse:
        """200 with `access` and `refresh`; 401 for a token that is used up, expired or revoked."""
        serializer = RefreshSerializer(data=json_body(request))
        if not serializer.is_valid():
            raise DomainError(MESSAGES[400], serializer.errors)
        return json_answer(services.refresh_pair(serializer.validated_data["refresh"]))
