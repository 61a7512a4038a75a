"""The estimate of a sandbox order, which appears and waits by the clock."""

from typing import Any

from estimates.decisions import Decision
from estimates.refusals import UNKNOWN
from tracking.queries import Head
from warrantify.http.errors import NotFoundError


def current(head: Head) -> dict[str, Any] | None:
    """Returns the estimate that the order shows now."""
    return None


def decide(head: Head, number: int, decision: Decision) -> dict[str, Any]:
    """Decides the estimate of that number."""
    raise NotFoundError(UNKNOWN)
