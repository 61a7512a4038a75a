"""What tracking tells the apps above it."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connection

from partners.models import User
from partners.services import NewPartner
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, workflow
from tracking import queries, services, signals
from tracking.models import OrderTracking, TrackingEvent
from tracking.services import Change
from tracking.signals import TrackingChange

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """Each change told by `tracking_changed`, in order."""
    calls: list[dict[str, Any]] = []

    def receive(changes: Sequence[TrackingChange], **_: Any) -> None:
        assert connection.in_atomic_block
        calls.extend(change._asdict() for change in changes)

    signals.tracking_changed.connect(receive)
    yield calls
    signals.tracking_changed.disconnect(receive)


Told = list[dict[str, Any]]


def test_a_start_is_told_once(acme: NewPartner, told: Told) -> None:
    services.start(make_order(acme.partner), workflow("technician"), source=ADMIN)
    assert [call["events"] for call in told] == [["tracking.updated"]]


def test_a_start_with_a_later_status_is_one_change(acme: NewPartner, told: Told) -> None:
    services.apply(Change(make_order(acme.partner), "pickup done"), source=ADMIN)
    [call] = told
    assert (call["tracking"].version, call["tracking"].current_step.code) == (1, "pickup done")


def test_a_start_asked_for_by_its_status_is_one_change(acme: NewPartner, told: Told) -> None:
    event = services.apply(Change(make_order(acme.partner), "created"), source=ADMIN)
    assert (event.step.code, len(told)) == ("created", 1)


def test_a_status_in_another_workflow_is_one_change(acme: NewPartner, told: Told) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    told.clear()
    services.apply(Change(tracking.order, "accepted", workflow=workflow("no_part")), source=ADMIN)
    [call] = told
    assert call["tracking"].version == tracking.version + 1


def test_each_status_void_and_workflow_is_told_with_its_rows_final(
    acme: NewPartner, clerk: User, told: Told
) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    services.void(queries.full_history(tracking)[-1], by=clerk, reason="mistake")
    services.change_workflow(tracking.order, workflow("no_part"), source=ADMIN)
    assert [call["tracking"].version for call in told] == [1, 2, 3, 4]
    assert OrderTracking.objects.get(pk=tracking.pk).version == 4


def test_a_receiver_of_a_status_adapts_the_row_and_adds_events(acme: NewPartner, told: Told) -> None:
    tracking = make_tracked(acme.partner)

    def adapt(tracking: OrderTracking, event: TrackingEvent, **_: Any) -> dict[str, Any]:
        tracking.waiting_on_override = "us"
        return {"estimate.updated": {"estimate": {"estimate_no": 1}}}

    signals.status_recorded.connect(adapt)
    services.record(tracking.order, "assigned", source=ADMIN)
    signals.status_recorded.disconnect(adapt)
    assert told[-1]["events"] == ["tracking.updated", "estimate.updated"]
    assert told[-1]["members"] == {"estimate.updated": {"estimate": {"estimate_no": 1}}}
    assert OrderTracking.objects.get(pk=tracking.pk).waiting_on_override == "us"


def test_what_is_refused_is_not_told(acme: NewPartner, told: Told) -> None:
    services.record_many([Change(make_order(acme.partner), "no such")], source=ADMIN)
    assert told == []


def test_a_receiver_that_fails_takes_the_change_back(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)

    def fail(**_: Any) -> None:
        raise RuntimeError

    signals.tracking_changed.connect(fail)
    with pytest.raises(RuntimeError):
        services.record(tracking.order, "assigned", source=ADMIN)
    signals.tracking_changed.disconnect(fail)
    assert OrderTracking.objects.get(pk=tracking.pk).version == tracking.version
