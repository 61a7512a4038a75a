"""The credentials and the token endpoints, as the OpenAPI document shows them."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, extend_schema

from partners.authentication import INVALID_KEY
from partners.serializers import CredentialsSerializer, RefreshSerializer, TokenPairSerializer
from partners.services import WRONG_CREDENTIALS
from partners.tokens import INVALID_TOKEN
from warrantify.documents import (
    FAULT,
    HEADERS,
    INVALID_DATA,
    MALFORMED_JSON,
    NOT_JSON,
    REQUEST_ID,
    TOO_LARGE,
    TOO_MANY,
    UNAVAILABLE,
    Refusal,
    answer,
    responses,
)
from warrantify.text import REQUIRED


class TokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer <JWT>`."""

    target_class = "partners.authentication.TokenAuthentication"
    name = "Token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The scheme, for Authorize."""
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
        """The scheme, for Authorize."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "The key that you were given; it begins with `wk_`.",
        }


BAD_TOKEN = Refusal(
    401,
    INVALID_TOKEN,
    "The token is missing, malformed, expired or withdrawn.",
    "Refresh the pair, or log in again; then send `Authorization: Bearer <access>`.",
)
BAD_KEY = Refusal(
    401,
    INVALID_KEY,
    "The key is missing, mistyped, expired or revoked.",
    "Send the whole key in `X-API-Key`; ask us for a new one where it is lost.",
)
BAD_LOGIN = Refusal(
    401, WRONG_CREDENTIALS, "User name or password is wrong, or the account is closed.", "Check both."
)
SHARED = (TOO_LARGE, NOT_JSON, TOO_MANY, FAULT, UNAVAILABLE)


def _missing(field: str) -> Refusal:
    return Refusal(
        400,
        INVALID_DATA.message,
        "A member is missing, empty or no text.",
        "Send the members that `Errors` names.",
        errors={field: [REQUIRED]},
    )


TOKEN_REFUSALS = (MALFORMED_JSON, _missing("password"), BAD_LOGIN, *SHARED)
REFRESH_REFUSALS = (
    MALFORMED_JSON,
    _missing("refresh"),
    Refusal(
        401,
        INVALID_TOKEN,
        "The refresh token is used up, expired or withdrawn.",
        "Log in again with `POST /api/warrantify/token/`.",
    ),
    *SHARED,
)

_PAIR = {"access": "eyJhbGciOiJIUzI1NiIs…", "refresh": "eyJhbGciOiJIUzI1NiIs…"}

token = extend_schema(
    operation_id="token",
    tags=["Credentials"],
    summary="Log in",
    description="Exchanges user name and password for a token pair.",
    parameters=[REQUEST_ID, *HEADERS],
    request=CredentialsSerializer,
    examples=[
        OpenApiExample("Log in", {"username": "acme", "password": "••••••••••••"}, request_only=True),
    ],
    responses={200: answer(TokenPairSerializer, "A token pair.", Pair=_PAIR), **responses(TOKEN_REFUSALS)},
)
token_refresh = extend_schema(
    operation_id="token_refresh",
    tags=["Credentials"],
    summary="Refresh the pair",
    description="Exchanges a refresh token for a new pair; each refresh token works once.",
    parameters=[REQUEST_ID, *HEADERS],
    request=RefreshSerializer,
    examples=[OpenApiExample("Refresh", {"refresh": _PAIR["refresh"]}, request_only=True)],
    responses={200: answer(TokenPairSerializer, "A new pair.", Pair=_PAIR), **responses(REFRESH_REFUSALS)},
)
