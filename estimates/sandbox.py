"""The estimate of a sandbox order, which appears and waits by the clock."""

from typing import Any

from estimates.decisions import Decision
from tracking.queries import Head


def current(head: Head) -> dict[str, Any] | None:
    return None


def decide(head: Head, number: int, decision: Decision) -> dict[str, Any]:
    raise NotImplementedError
