"""The two credentials and the token endpoints."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from partners import views
from partners.serializers import CredentialsSerializer, RefreshSerializer, TokenPairSerializer
from portal.openapi.descriptions import answer, describe

PAIR = {"access": "eyJhbGciOiJIUzI1NiIs…", "refresh": "eyJhbGciOiJIUzI1NiIs…"}


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer <JWT>`."""

    target_class = "partners.authentication.TokenAuthentication"
    name = "Token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
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
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "The key that you were given; it begins with `wk_`.",
        }


describe(
    views.TokenView,
    "POST token/",
    "token",
    answer(TokenPairSerializer, "A token pair.", Pair=PAIR),
    request=CredentialsSerializer,
    example={"username": "acme", "password": "••••••••••••"},
)
describe(
    views.TokenRefreshView,
    "POST token/refresh/",
    "token_refresh",
    answer(TokenPairSerializer, "A new pair.", Pair=PAIR),
    request=RefreshSerializer,
    example={"refresh": PAIR["refresh"]},
)
