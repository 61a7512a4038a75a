"""The bodies of the token endpoints."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from warrantify.text import REQUIRED, BadTextError, read_text


class TextField(serializers.CharField):
    """Text read by the service's one rule for text."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        """Raises ValidationError if the value is missing or is not text."""
        try:
            text = read_text(None if data is serializers.empty else data)
        except BadTextError as error:
            raise serializers.ValidationError(str(error)) from None
        if not text:
            raise serializers.ValidationError(REQUIRED)
        self.run_validators(text)  # the maximum length
        return text


class PasswordField(serializers.CharField):
    """A password: kept as it is, spaces included."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        """Raises ValidationError if the value is missing or is not text."""
        TextField().run_validation(data)
        self.run_validators(str(data))
        return str(data)


class CredentialsSerializer(serializers.Serializer[Mapping[str, str]]):
    """`{"username", "password"}`."""

    username = TextField(max_length=150)
    password = PasswordField(max_length=1024)


class RefreshSerializer(serializers.Serializer[Mapping[str, str]]):
    """`{"refresh"}`."""

    refresh = TextField()


class TokenPairSerializer(serializers.Serializer[Mapping[str, str]]):
    """`{"access", "refresh"}`."""

    access = serializers.CharField()
    refresh = serializers.CharField()
