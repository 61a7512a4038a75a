"""Bodies read by DRF under the service's own rules, and those of the token endpoints."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from warrantify.http.errors import MESSAGES, DomainError
from warrantify.text import REQUIRED, BadTextError, read_text

MISSING = "Missing required fields"


class TextField(serializers.CharField):
    """Text read by the service's one rule for text: null and blank count as missing.

    A blank value is accepted with `allow_blank` or `allow_null`; `one_line` is that of `read_text`.
    """

    def __init__(self, *, one_line: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.one_line = one_line

    def run_validation(self, data: Any = serializers.empty) -> str:
        """Raises ValidationError if the value is missing, too long or not text."""
        if data is serializers.empty and not self.required:
            raise serializers.SkipField
        try:
            text = read_text(None if data is serializers.empty else data, one_line=self.one_line)
        except BadTextError as error:
            raise serializers.ValidationError(str(error)) from None
        if text:
            self.run_validators(text)  # the maximum length
        elif self.required or not (self.allow_blank or self.allow_null):
            raise serializers.ValidationError(REQUIRED, code="required")
        return text


class PasswordField(serializers.CharField):
    """A password: kept as it is, spaces included."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        """Raises ValidationError if the value is missing or is not text."""
        TextField().run_validation(data)
        self.run_validators(str(data))
        return str(data)


class BodySerializer(serializers.Serializer[Mapping[str, Any]]):
    """A JSON body whose refusals have the contract's sentences.

    `messages` names the `Message` of a wrong field, the first breach first; others have that of 400.
    A missing field comes before all of them, with `missing_message`.
    """

    messages: ClassVar[Mapping[str, str]] = {}
    missing_message: ClassVar[str] = MISSING

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the valid values; raises DomainError (400), whose `errors` names every wrong field."""
        serializer = cls(data=body)
        if serializer.is_valid():
            values: dict[str, Any] = serializer.validated_data
            return values
        errors = serializer.errors
        if any(reason.code == "required" for reasons in errors.values() for reason in reasons):
            raise DomainError(cls.missing_message, errors)
        wrong = (message for field, message in cls.messages.items() if field in errors)
        raise DomainError(next(wrong, MESSAGES[400]), errors)


class CredentialsSerializer(BodySerializer):
    """`{"username", "password"}`."""

    missing_message = MESSAGES[400]
    username = TextField(max_length=150)
    password = PasswordField(max_length=1024)


class RefreshSerializer(BodySerializer):
    """`{"refresh"}`."""

    missing_message = MESSAGES[400]
    refresh = TextField()


class TokenPairSerializer(serializers.Serializer[Mapping[str, str]]):
    """`{"access", "refresh"}`."""

    access = serializers.CharField()
    refresh = serializers.CharField()
