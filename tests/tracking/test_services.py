"""What may be recorded, and the sentences of what may not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from partners.models import User
from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, visible, workflow
from tracking import queries, services, transitions
from tracking.models import OrderTracking, TrackingEvent, WorkflowChange
from tracking.services import Change, TrackingError

pytestmark = pytest.mark.django_db


def test_start_records_created_at_the_orders_creation_time(acme: NewPartner) -> None:
    order = make_order(acme.partner)
    tracking = services.start(order, workflow("no_part"), source=ADMIN)
    [event] = queries.full_history(tracking)
    assert (event.step.code, event.occurred_at) == ("created", order.created_at.replace(microsecond=0))
    assert RepairOrder.objects.get(pk=order.pk).started_at is not None


def test_a_second_start_is_refused(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)
    with pytest.raises(TrackingError, match="has started already"):
        services.start(tracking.order, workflow("no_part"), source=ADMIN)
    assert visible(tracking) == ["created"]


def test_a_sandbox_partners_order_is_not_started(sandbox: NewPartner) -> None:
    with pytest.raises(TrackingError, match="moves by itself"):
        services.start(make_order(sandbox.partner), workflow("technician"), source=ADMIN)
    assert not OrderTracking.objects.exists()


def test_nothing_is_recorded_before_the_start(acme: NewPartner) -> None:
    with pytest.raises(TrackingError, match="choose a workflow first"):
        services.record(make_order(acme.partner), "assigned", source=ADMIN)


@pytest.mark.parametrize(
    ("engagement", "proposed"),
    [
        ("Onsite", "technician"),
        ("Home", "technician"),
        ("Offsite", "service_center"),
        ("Pickup", "service_center"),
        ("Walk-in", "service_center"),
    ],
)
def test_the_engagement_proposes_the_workflow(acme: NewPartner, engagement: str, proposed: str) -> None:
    order = make_order(acme.partner, engagement=engagement)
    assert queries.proposed_workflow(order).code == proposed


def test_steps_may_be_skipped(acme: NewPartner) -> None:
    assert visible(make_tracked(acme.partner, "repair completed")) == ["created", "repair completed"]


def test_back_to_a_repeatable_step(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "approved", "part demanded", "approved")
    assert visible(tracking) == ["created", "approved", "part demanded", "approved"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("pickup done", 'comes before "verified date" in the Technician Flow'),
        ("verified date", 'stands at "verified date" already'),
        ("created", "has started already"),
        ("reached service centre", "is no status of the Technician Flow"),
        ("Approved", "is no status of the Technician Flow"),
    ],
)
def test_a_refused_status_names_what_is_allowed(acme: NewPartner, code: str, reason: str) -> None:
    tracking = make_tracked(acme.partner, "verified date")
    with pytest.raises(TrackingError, match=reason) as refusal:
        services.record(tracking.order, code, source=ADMIN)
    allowed = ", ".join(f'"{step.code}"' for step in transitions.allowed_of(queries.all_steps(), tracking))
    assert str(refusal.value).endswith(f"Allowed next: {allowed}.")
    assert visible(tracking) == ["created", "verified date"]


def test_nothing_follows_delivered(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "delivered")
    assert tracking.is_closed and transitions.allowed_of(queries.all_steps(), tracking) == []
    with pytest.raises(TrackingError, match='Nothing follows "delivered"'):
        services.record(tracking.order, "assigned", source=ADMIN)


def test_a_time_before_the_last_event_is_refused(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    with pytest.raises(TrackingError, match="Give a time from"):
        services.record(tracking.order, "accepted", at=timezone.now() - timedelta(minutes=1), source=ADMIN)


def test_a_time_in_the_future_is_refused(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)
    with pytest.raises(TrackingError, match="is in the future"):
        services.record(tracking.order, "accepted", at=timezone.now() + timedelta(minutes=1), source=ADMIN)


def test_the_second_of_the_event_before_is_not_before_it(acme: NewPartner) -> None:
    order = make_order(acme.partner)
    services.start(order, workflow("technician"), source=ADMIN)
    event = services.record(order, "assigned", at=order.created_at.replace(microsecond=0), source=ADMIN)
    assert event.occurred_at == order.created_at.replace(microsecond=0)


def test_visits_to_the_customer_are_numbered(acme: NewPartner) -> None:
    here = "reached customer location"
    tracking = make_tracked(acme.partner, here, "customer not in location", here, here)
    assert visible(tracking)[1:] == [f"{here} - 1", "customer not in location", f"{here} - 2", f"{here} - 3"]


def test_a_voided_visit_renumbers_what_is_visible_and_the_audit_keeps_both(
    acme: NewPartner, clerk: User
) -> None:
    here = "reached customer location"
    tracking = make_tracked(acme.partner, here, here)
    services.void(queries.full_history(tracking)[1], by=clerk, reason="wrong order")
    assert visible(tracking) == ["created", f"{here} - 1"]
    assert [(event.visit, event.voided_by) for event in queries.full_history(tracking)[1:]] == [
        (1, clerk),
        (2, None),
    ]


def test_voiding_the_last_event_goes_back_to_the_one_before(acme: NewPartner, clerk: User) -> None:
    tracking = make_tracked(acme.partner, "assigned", "delivered")
    services.void(queries.full_history(tracking)[-1], by=clerk, reason="another order's")
    tracking.refresh_from_db()
    assert (tracking.current_step.code, tracking.is_closed) == ("assigned", False)
    assert services.record(tracking.order, "accepted", source=ADMIN).pk


@pytest.mark.parametrize(("number", "reason"), [(0, "a mistake"), (1, "  "), (1, "x" * 501), (1, "a\0b")])
def test_a_void_is_refused_for_created_and_without_a_storable_reason(
    acme: NewPartner, clerk: User, number: int, reason: str
) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    with pytest.raises(TrackingError):
        services.void(queries.full_history(tracking)[number], by=clerk, reason=reason)
    assert visible(tracking) == ["created", "assigned"]


def test_an_event_is_voided_once(acme: NewPartner, clerk: User) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    event = queries.full_history(tracking)[1]
    services.void(event, by=clerk, reason="first")
    with pytest.raises(TrackingError, match="voided before"):
        services.void(event, by=clerk, reason="second")


def test_a_workflow_that_knows_every_status_may_be_chosen(acme: NewPartner, clerk: User) -> None:
    tracking = make_tracked(acme.partner, "verified date")
    changed = services.change_workflow(tracking.order, workflow("no_part"), by=clerk, source=ADMIN)
    assert changed.current_step.workflow == workflow("no_part")
    assert services.record(tracking.order, "diagnosis complete", source=ADMIN).pk
    assert WorkflowChange.objects.get(tracking=tracking).changed_by == clerk


def test_a_workflow_that_lacks_a_status_is_refused(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "part demanded")
    with pytest.raises(TrackingError, match='The No Part Call Flow has no "part demanded"'):
        services.change_workflow(tracking.order, workflow("no_part"), source=ADMIN)


def test_a_voided_status_does_not_hold_the_workflow(acme: NewPartner, clerk: User) -> None:
    tracking = make_tracked(acme.partner, "part demanded")
    services.void(queries.full_history(tracking)[-1], by=clerk, reason="no part needed")
    assert services.change_workflow(tracking.order, workflow("no_part"), source=ADMIN).pk


def test_a_void_after_a_change_stands_in_the_new_workflow(acme: NewPartner, clerk: User) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    services.change_workflow(tracking.order, workflow("no_part"), source=ADMIN)
    event = services.record(tracking.order, "delivered", source=ADMIN)
    services.void(event, by=clerk, reason="too early")
    tracking.refresh_from_db()
    assert tracking.current_step.workflow == workflow("no_part")


def test_a_note_is_kept_on_one_line_and_limited(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner)
    event = services.record(tracking.order, "assigned", source=ADMIN, note=" two\nlines ")
    assert TrackingEvent.objects.get(pk=event.pk).note == "two lines"
    with pytest.raises(TrackingError, match="up to 1000 characters"):
        services.record(tracking.order, "accepted", source=ADMIN, note="x" * 1001)


def test_many_changes_are_judged_one_by_one(acme: NewPartner) -> None:
    first, second = make_order(acme.partner, "A"), make_order(acme.partner, "B")
    changes = [
        Change(second, "delivered"),
        Change(first, "pickup done", workflow=workflow("service_center")),
        Change(second, "assigned"),
        Change(first, "reached service centre"),
    ]
    outcomes = services.record_many(changes, source=ADMIN)
    assert [outcome.order for outcome in outcomes] == [second, first, second, first]
    assert [outcome.refusal is None for outcome in outcomes] == [True, True, False, True]
    assert visible(OrderTracking.objects.get(pk=second.pk)) == ["created", "delivered"]


def test_a_refused_change_does_not_even_start_its_order(acme: NewPartner) -> None:
    order = make_order(acme.partner)
    [outcome] = services.record_many([Change(order, "no such")], source=ADMIN)
    assert outcome.event is None and "no such" in str(outcome.refusal)
    assert not OrderTracking.objects.exists()
    assert RepairOrder.objects.get(pk=order.pk).started_at is None


def test_a_dry_run_judges_and_keeps_nothing(acme: NewPartner) -> None:
    order = make_order(acme.partner)
    changes = [Change(order, "delivered"), Change(order, "assigned")]
    outcomes = services.record_many(changes, source=ADMIN, dry_run=True)
    assert [outcome.refusal is None for outcome in outcomes] == [True, False]
    assert not OrderTracking.objects.exists()
