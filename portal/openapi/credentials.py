"""The two credentials and the token endpoints."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from partners.serializers import CredentialsSerializer, RefreshSerializer, TokenPairSerializer
from portal.openapi import errors
from portal.openapi.descriptions import answer, describe, document

TAG = "Credentials"
PAIR = {"access": "eyJhbGciOiJIUzI1NiIs…", "refresh": "eyJhbGciOiJIUzI1NiIs…"}


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer <JWT>`."""

    target_class = "partners.authentication.TokenAuthentication"
    name = "Token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Returns the scheme, for Authorize."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `access` of `POST /api/warrantify/token/`, without a prefix.",
        }


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """`X-API-Key: <key>`."""

    target_class = "partners.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Returns the scheme, for Authorize."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "The key that you were given; it begins with `wk_`.",
        }


document(
    "partners.views.TokenView",
    post=describe(
        "token",
        TAG,
        "Log in",
        "Exchanges user name and password for a token pair.",
        request=CredentialsSerializer,
        example={"username": "acme", "password": "••••••••••••"},
        answers={200: answer(TokenPairSerializer, "A token pair.", Pair=PAIR)},
        errors=errors.TOKEN,
    ),
)
document(
    "partners.views.TokenRefreshView",
    post=describe(
        "token_refresh",
        TAG,
        "Refresh the pair",
        "Exchanges a refresh token for a new pair; each refresh token works once.",
        request=RefreshSerializer,
        example={"refresh": PAIR["refresh"]},
        answers={200: answer(TokenPairSerializer, "A new pair.", Pair=PAIR)},
        errors=errors.REFRESH,
    ),
)
