"""The bodies of the tracking endpoints, and the validators of their conditional requests."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.http import http_date

from partners.endpoints import success
from tracking.estimate_states import CURRENCY, EstimateState, rupees
from tracking.snapshots import Head, Tracked, statuses
from tracking.times import whole_second, wire_date, wire_day
from warrantify.http.errors import envelope

UNKNOWN = "Reference ID does not exist"
REFERENCE_REQUIRED = "ReferenceID is required as a query parameter"
NOT_STARTED = "No tracking information available"
CACHE_CONTROL = "private, no-cache"


def body(tracked: Tracked) -> dict[str, Any]:
    """The answer of docs/contract.md section 6, `DATA` with our optional members once tracking started."""
    head, events = tracked
    step = head.step
    if step is None:
        return success(NOT_STARTED, DATA={"current_status": None, "tracking_details": []})
    labels = statuses((event.step.code, event.step.numbered) for event in events)
    zone = timezone.get_current_timezone()
    details = [
        {"date": wire_date(event.occurred_at, zone), "status": status}
        for event, status in zip(events, labels, strict=True)
    ]
    return success(
        DATA={
            "current_status": details[-1],
            "tracking_details": details,
            "workflow": step.workflow,
            "is_final": step.is_final,
            "waiting_on": None if step.is_final else head.waiting_on,
            "expected_hours": head.expected_hours,
            "estimate": _estimate(head),
        }
    )


def _estimate(head: Head) -> dict[str, Any] | None:
    """What tracking shows of the current estimate (docs/contract.md section 9)."""
    if head.estimate_valid_until is None:
        return None
    return {
        "estimate_no": head.estimate_no,
        "state": head.estimate_state,
        "currency": CURRENCY,
        "total": rupees(head.estimate_total_paise or 0),
        "valid_until": wire_day(head.estimate_valid_until),
    }


def entry(reference: str, tracked: Tracked | None) -> dict[str, Any]:
    """One entry of a batch: `ReferenceID` as asked, both IDs, then what the single answer has."""
    if tracked is None:
        return {"ReferenceID": reference, **envelope(404, UNKNOWN)}
    head = tracked.head
    ids = {"request_id": head.request_id, "service_request_id": head.repair_ref_no}
    return {"ReferenceID": reference, **ids, **body(tracked)}


def etag(head: Head) -> str:
    """Changes exactly when `body` does: with the history, with what is tuned at its last step, and when
    an estimate expires."""
    estimate = f".{head.estimate_state}" if head.estimate_state else ""
    return f'"{head.request_id}.{head.version or 0}.{head.expected_hours}.{head.waiting_on}{estimate}"'


def last_changed(head: Head) -> datetime:
    """When the history last changed; it began with the order."""
    return head.changed_at or head.created_at


def last_modified(head: Head) -> datetime:
    """When the answer last changed: as the history did, or when the estimate expired."""
    if head.estimate_valid_until is None or head.estimate_state != EstimateState.EXPIRED:
        return last_changed(head)
    expired_on = head.estimate_valid_until + timedelta(days=1)
    return max(last_changed(head), timezone.make_aware(datetime.combine(expired_on, time.min)))


def headers(head: Head, now: datetime) -> dict[str, str]:
    """The caching headers of an answer given at `now`."""
    # While its second still runs, another change could follow in it unseen: name the one before.
    shown = min(whole_second(last_modified(head)), whole_second(now) - timedelta(seconds=1))
    return {
        "ETag": etag(head),
        "Last-Modified": http_date(shown.timestamp()),
        "Cache-Control": CACHE_CONTROL,
    }
