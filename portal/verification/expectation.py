"""What an answer must look like, and in what it differs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.verification.client import Answer
from repairs import request_ids

REQUEST_ID = re.compile(request_ids.PATTERN)
TIME = re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class Sentences:
    """Stands for a list of one or more sentences."""

    def __repr__(self) -> str:
        return "[sentences]"


class AtLeast(dict[str, Any]):
    """Stands for an object with these members and perhaps others."""


@dataclass(frozen=True)
class Expectation:
    """A status, a JSON body (None: not looked at) and headers.

    In `body` a compiled pattern stands for a text that it matches in full, a type for its values.
    """

    status: int
    body: Any = None
    headers: Mapping[str, re.Pattern[str]] = field(default_factory=dict)

    def differences(self, answer: Answer) -> list[str]:
        """One short text for each difference; none for the answer that was expected."""
        found = [] if answer.status == self.status else [f"status {answer.status}"]
        for name, pattern in self.headers.items():
            value = answer.headers.get(name)
            if value is None or not pattern.fullmatch(value):
                found.append(f"{name}: {value}")
        if self.body is not None:
            found.extend(_differences(self.body, answer.json, "body"))
        return found

    def __str__(self) -> str:
        message = self.body.get("Message") if isinstance(self.body, dict) else None
        return f"{self.status} {getattr(message, 'pattern', message) or ''}".strip()


def _differences(expected: Any, got: Any, where: str) -> Iterator[str]:
    match expected:
        case Sentences():
            good = isinstance(got, list) and got and all(isinstance(each, str) and each for each in got)
        case re.Pattern():
            good = isinstance(got, str) and expected.fullmatch(got) is not None
        case type():
            good = type(got) is expected
        case dict() if _has_members(got, expected):
            for name, value in expected.items():
                yield from _differences(value, got[name], f"{where}.{name}")
            return
        case list() if isinstance(got, list) and len(got) == len(expected):
            for number, value in enumerate(expected):
                yield from _differences(value, got[number], f"{where}[{number}]")
            return
        case _:
            good = type(got) is type(expected) and got == expected
    if not good:
        yield f"{where} is {got!r}"


def _has_members(got: Any, expected: dict[str, Any]) -> bool:
    if not isinstance(got, dict):
        return False
    return got.keys() >= expected.keys() if isinstance(expected, AtLeast) else got.keys() == expected.keys()


def refusal(
    status: int,
    message: str,
    *fields: str,
    numeric: bool = False,
    headers: Mapping[str, re.Pattern[str]] | None = None,
    **members: Any,
) -> Expectation:
    """The envelope of an error; `Errors` names exactly `fields`."""
    body: dict[str, Any] = {
        "Success": "False",
        "Status_code": status if numeric else str(status),
        "Message": message,
        **members,
    }
    if fields:
        body["Errors"] = {name: Sentences() for name in fields}
    challenge = {"WWW-Authenticate": re.compile(".+")} if status == 401 else {}
    return Expectation(status, body, {**challenge, **(headers or {})})
