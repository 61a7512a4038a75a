"""Reads text from outside by one rule, from bodies, cells and forms alike (docs/contract.md section 1)."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.encoding import punycode

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
LINE_BREAKS = re.compile("[\t\n\r]+")

REQUIRED = "This field is required."
NOT_TEXT = "This field must be text."
BAD_CHARACTERS = "This field contains characters that cannot be stored."
NUMBER_TOO_LONG = "This number is too long."

MAX_NUMBER_DIGITS = 400

MAX_EMAIL_LENGTH = 254  # RFC 5321
NOT_AN_EMAIL = "Give a valid e-mail address."
_validate_email = EmailValidator(allowlist=[])


class NumberText(str):
    """A JSON number as it was written; the field that reads it decides what it means."""

    __slots__ = ()


class BadTextError(ValueError):
    """A value that no text field can take; the message is for its sender."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that was found not to be text when it was read; `reason` is for its sender."""

    reason: str


def plain_number(literal: str) -> str:
    """A number as plain decimal text: `560001.0` -> `560001`, `1.5e1` -> `15`, `15.60` -> `15.6`.

    Raises BadTextError where that would need more than 400 digits.
    """
    try:
        number = Decimal(literal)
    except InvalidOperation:  # an exponent that even Decimal does not hold
        raise BadTextError(NUMBER_TOO_LONG) from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or max(abs(number.adjusted()), abs(exponent)) > MAX_NUMBER_DIGITS:
        raise BadTextError(NUMBER_TOO_LONG)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_text(value: object, *, one_line: bool = False) -> str:
    """`value` as trimmed text, `""` for null; with `one_line`, breaks and tabs become one space.

    Raises BadTextError for anything but text and numbers, and for characters that cannot be stored.
    """
    # Nearly every value is plain text; this spares a quarter of an order's validation.
    if type(value) is str and (plain := value.strip()).isprintable():
        return plain
    if value is None:
        return ""
    if isinstance(value, NumberText):
        return plain_number(value)
    if isinstance(value, Unreadable):
        raise BadTextError(value.reason)
    if not isinstance(value, str):
        raise BadTextError(NOT_TEXT)
    text = value.strip()
    if one_line:
        text = LINE_BREAKS.sub(" ", text)
    if UNPRINTABLE.search(text):
        raise BadTextError(BAD_CHARACTERS)
    return text


def is_email(text: str) -> bool:
    """Whether `text` is an address with a full domain that mail can be sent to.

    Django's rule takes any character for an international domain; a mail server takes its ASCII
    form, so that form has to exist and to be an address too.
    """
    try:
        _validate_email(text)
        return text.isascii() or _is_ascii_email(text)
    except (ValidationError, UnicodeError):
        return False


def _is_ascii_email(text: str) -> bool:
    user, _, domain = text.rpartition("@")
    converted = f"{user}@{punycode(domain)}"
    _validate_email(converted)
    # What is not printable the conversion leaves out: another domain would get the mail.
    return domain.isprintable() and len(converted) <= MAX_EMAIL_LENGTH
