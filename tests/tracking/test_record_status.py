"""`manage.py record_status`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.tracked_orders import make_order, make_tracked, visible, workflow
from tracking.models import OrderTracking, TrackingEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(acme: NewPartner) -> RepairOrder:
    return make_order(acme.partner)


def run(order: RepairOrder, status: str, **options: str) -> str:
    out = StringIO()
    call_command("record_status", order.request_id, status, stdout=out, **options)
    return out.getvalue()


def history(order: RepairOrder) -> list[str]:
    return visible(OrderTracking.objects.get(pk=order.pk))


def test_an_order_not_tracked_starts_in_the_proposed_workflow(order: RepairOrder) -> None:
    run(order, "assigned")
    assert OrderTracking.objects.get().workflow == workflow("technician")
    assert history(order) == ["created", "assigned"]


def test_the_workflow_may_be_named(order: RepairOrder) -> None:
    run(order, "diagnosis complete", workflow="no_part")
    assert OrderTracking.objects.get().workflow == workflow("no_part")


def test_created_only_starts(order: RepairOrder) -> None:
    run(order, "created")
    assert history(order) == ["created"]


def test_a_workflow_named_later_is_changed_to(order: RepairOrder) -> None:
    run(order, "assigned")
    run(order, "diagnosis complete", workflow="no_part")
    assert history(order) == ["created", "assigned", "diagnosis complete"]


def test_a_time_without_offset_is_server_time(order: RepairOrder) -> None:
    order.created_at = order.created_at.replace(year=2025)
    order.save()
    printed = run(order, "assigned", at="2026-01-02T03:04:05")
    assert printed == f"{order.request_id}: assigned at 02-01-2026 03:04:05\n"
    event = TrackingEvent.objects.get(step__code="assigned")
    assert (event.occurred_at.isoformat(), event.source) == ("2026-01-01T21:34:05+00:00", "command")


@pytest.mark.parametrize(
    ("status", "options"),
    [
        ("assigned", {"at": "yesterday"}),
        ("assigned", {"at": "2999-01-01T00:00:00Z"}),
        ("assigned", {"at": "2000-01-01T00:00:00Z"}),
        ("assigned", {"workflow": "mine"}),
        ("no such status", {}),
        ("a\udcffb", {}),
        ("diagnosis complete", {}),
        ("", {}),
    ],
)
def test_a_refusal_leaves_no_trace(order: RepairOrder, status: str, options: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        run(order, status, **options)
    assert not OrderTracking.objects.exists()


def test_created_twice_is_refused(acme: NewPartner) -> None:
    with pytest.raises(CommandError, match="has started already"):
        run(make_tracked(acme.partner).order, "created")


@pytest.mark.parametrize("request_id", ["REPAIR0", "", "a\udcffb"])
def test_an_unknown_order_is_an_error(db: None, request_id: str) -> None:
    with pytest.raises(CommandError, match="No order has the request ID"):
        call_command("record_status", request_id, "assigned")


def test_another_workflow_that_lacks_a_status_is_refused(order: RepairOrder) -> None:
    run(order, "part demanded")
    with pytest.raises(CommandError, match="has no"):
        run(order, "delivered", workflow="no_part")
    assert history(order) == ["created", "part demanded"]
