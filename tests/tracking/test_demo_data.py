"""Invented orders: the same each time, and in harmony with what the service keeps."""

import pytest
from django.core.management import call_command
from django.test import TestCase

from estimates.models import Estimate
from partners.authentication import Caller
from partners.models import Partner
from repairs import services
from repairs.fields import API_FIELDS
from repairs.models import DayCounter, RepairOrder
from repairs.validators import validate_api_order, validate_sheet_row
from tests.support.orders import ORDER
from tracking import queries
from tracking.models import OrderTracking, TrackingEvent

pytestmark = pytest.mark.django_db


def customers() -> list[tuple[str, str]]:
    return list(RepairOrder.objects.order_by("pk").values_list("customer_name", "imei_no"))


class DemoDataTest(TestCase):
    """All look at the same orders, made once."""

    @classmethod
    def setUpTestData(cls) -> None:
        call_command("make_demo_data", orders=60, seed=7, verbosity=0)

    def test_the_same_seed_draws_the_same_customers(self) -> None:
        call_command("make_demo_data", orders=60, seed=7, verbosity=0)

        drawn = customers()
        assert drawn[:60] == drawn[-60:]

    def test_request_ids_are_the_days_own_and_are_not_drawn_again(self) -> None:
        counted = sum(DayCounter.objects.values_list("issued", flat=True))
        values = {field.attribute: ORDER[field.name] for field in API_FIELDS} | {"repair_ref_no": "OTHER-1"}
        caller = Caller(partner_id=Partner.objects.latest("pk").pk, is_sandbox=False)

        services.create_order(caller, values)

        assert RepairOrder.objects.values("request_id").distinct().count() == counted + 1

    def test_every_order_would_have_been_accepted(self) -> None:
        for order in RepairOrder.objects.all():
            sent = {field.name: getattr(order, field.attribute) for field in API_FIELDS}
            validate = validate_api_order if order.source == "api" else validate_sheet_row
            assert validate(sent).errors == {}

    def test_current_steps_repeat_the_last_event(self) -> None:
        for tracking in OrderTracking.objects.select_related("current_event"):
            last = queries.visible_events(tracking)[-1]
            assert tracking.current_event == last
            assert (tracking.current_step_id, tracking.current_since) == (last.step_id, last.occurred_at)

    def test_histories_follow_time(self) -> None:
        for tracking in OrderTracking.objects.all():
            times = list(tracking.events.order_by("pk").values_list("occurred_at", flat=True))
            assert times == sorted(times)

    def test_estimates_are_those_that_tracking_shows(self) -> None:
        assert Estimate.objects.exists()
        for estimate in Estimate.objects.select_related("order__tracking"):
            tracking = estimate.order.tracking
            assert estimate.totals().paise == estimate.total_paise == tracking.estimate_total_paise
            assert (tracking.estimate_no, tracking.estimate_state) == (estimate.number, estimate.state)

    def test_events_recorded_later_get_keys_of_their_own(self) -> None:
        tracking = OrderTracking.objects.filter(is_closed=False).first()
        assert tracking is not None
        before = TrackingEvent.objects.count()

        call_command("record_status", tracking.order.request_id, "repair completed", verbosity=0)

        assert TrackingEvent.objects.count() == before + 1
