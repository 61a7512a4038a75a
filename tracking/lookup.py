"""Finds orders for the API, whether staff move them or, for sandbox partners, the clock."""

from collections.abc import Sequence
from datetime import datetime

from partners.authentication import Caller
from repairs.fields import MAX_REFERENCE_LENGTH
from tracking import queries, sandbox
from tracking.queries import Head, Tracked
from tracking.representations import UNKNOWN
from warrantify.http.errors import NotFoundError
from warrantify.text import BadTextError, read_text


def head(caller: Caller, reference: str, now: datetime) -> Head:
    """Where the caller's order stands, without its history; raises NotFoundError."""
    found = queries.head_of(caller.partner_id, _possible(reference))
    if found is None:
        raise NotFoundError(UNKNOWN)
    return sandbox.play(found, sandbox.plans(), now).head if caller.is_sandbox else found


def tracked(caller: Caller, reference: str, now: datetime) -> Tracked:
    """The caller's order with its history; raises NotFoundError."""
    found = queries.tracked(caller.partner_id, _possible(reference))
    if found is None:
        raise NotFoundError(UNKNOWN)
    return sandbox.play(found.head, sandbox.plans(), now) if caller.is_sandbox else found


def named(caller: Caller, references: Sequence[str], now: datetime) -> dict[str, Tracked]:
    """Those of `references` that are the caller's: two queries, however many."""
    possible = {reference for reference in references if _is_possible(reference)}
    heads = queries.heads_of(caller.partner_id, sorted(possible))
    if caller.is_sandbox:
        plans = sandbox.plans()
        return {reference: sandbox.play(head, plans, now) for reference, head in heads.items()}
    histories = queries.events_of([head.order_id for head in heads.values()])
    return {reference: Tracked(head, histories[head.order_id]) for reference, head in heads.items()}


def changed(caller: Caller, since: datetime, after: str, limit: int, now: datetime) -> list[Tracked]:
    """The caller's orders in the order of their last changes, as `queries.heads_changed`: two queries."""
    if caller.is_sandbox:
        return sandbox.play_changed(caller.partner_id, since, after, limit, now)
    heads = queries.heads_changed(caller.partner_id, since, after, limit)
    histories = queries.events_of([head.order_id for head in heads])
    return [Tracked(head, histories[head.order_id]) for head in heads]


def _possible(reference: str) -> str:
    if not _is_possible(reference):
        raise NotFoundError(UNKNOWN)
    return reference


def _is_possible(reference: str) -> bool:
    """Whether any order could have it: short enough, and text that a database takes."""
    try:
        return 0 < len(read_text(reference)) <= MAX_REFERENCE_LENGTH
    except BadTextError:
        return False
