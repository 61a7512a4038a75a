"""What the API's statements read, against the models."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.authentication import Caller
from partners.services import NewPartner
from tests.support.tracked_orders import make_order, make_tracked
from tracking import queries
from tracking.models import OrderTracking
from tracking.snapshots import Event, Head, Step
from warrantify.http.errors import NotFoundError


def caller(partner: NewPartner) -> Caller:
    return Caller(partner.partner.pk, is_sandbox=False)


def as_head(tracking: OrderTracking) -> Head:
    """The model's own view of what the statement reads."""
    order, step = tracking.order, tracking.current_step
    return Head(
        Step(step.workflow.code, step.code, step.numbered, step.terminal),
        order.pk,
        order.partner_id,
        order.request_id,
        order.repair_ref_no,
        order.engagement_type,
        order.created_at,
        tracking.version,
        tracking.changed_at,
        step.waiting_on,
        step.expected_hours,
        tracking.estimate_no,
        tracking.estimate_state,
        tracking.estimate_total_paise,
        tracking.estimate_valid_until,
    )


@pytest.mark.parametrize("name", ["request_id", "repair_ref_no"])
def test_an_order_is_read_as_its_models_say(acme: NewPartner, name: str) -> None:
    tracking = make_tracked(acme.partner, "assigned", "accepted")
    reference = getattr(tracking.order, name)
    tracked = queries.tracked(caller(acme), reference, timezone.now())
    assert tracked.head == queries.head(caller(acme), reference, timezone.now()) == as_head(tracking)
    steps = [(event.step, event.occurred_at) for event in queries.visible_events(tracking)]
    assert tracked.events == [
        Event(Step(step.workflow.code, step.code, step.numbered, step.terminal), at) for step, at in steps
    ]


def test_an_order_not_started_has_no_history(acme: NewPartner) -> None:
    order = make_order(acme.partner)
    head, events = queries.tracked(caller(acme), order.request_id, timezone.now())
    assert (head.order_id, head.step, head.version, events) == (order.pk, None, None, [])


def test_orders_named_and_changed_are_read_as_one_is(acme: NewPartner) -> None:
    now = timezone.now()
    order = make_tracked(acme.partner, "assigned").order
    single = queries.tracked(caller(acme), order.request_id, now)
    assert queries.named(caller(acme), ["REP10001"], now)["REP10001"] == single
    assert queries.changed(caller(acme), now - timedelta(hours=1), "", 10, now) == [single]


def test_another_partners_request_id_is_unknown(acme: NewPartner, rival: NewPartner) -> None:
    order = make_order(rival.partner)
    with pytest.raises(NotFoundError):
        queries.tracked(caller(acme), order.request_id, timezone.now())
    assert queries.named(caller(acme), [order.request_id], timezone.now()) == {}


def test_ones_own_reference_is_found_where_it_is_anothers_request_id(
    acme: NewPartner, rival: NewPartner
) -> None:
    name = make_order(rival.partner).request_id
    own = make_order(acme.partner, name)
    assert queries.head(caller(acme), name, timezone.now()).order_id == own.pk


def test_history_follows_a_head_by_one_statement(acme: NewPartner) -> None:
    make_tracked(acme.partner, "assigned")
    now = timezone.now()
    head = queries.head(caller(acme), "REP10001", now)
    with CaptureQueriesContext(connection) as sent:
        tracked = queries.with_history(caller(acme), head, now)
    assert tracked == queries.tracked(caller(acme), "REP10001", now)
    assert len(sent) == 1
