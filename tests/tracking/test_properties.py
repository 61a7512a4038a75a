"""Whatever is tried, in whatever order, the history stays honest."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from partners.services import create_partner
from tests.support.tracked_orders import ADMIN, make_order, workflow
from tests.tracking.test_look_up import look_up
from tracking import queries, services
from tracking.models import OrderTracking, WorkflowStep

VISIT = "reached customer location"
CODES = ["created", "assigned", VISIT, "customer not in location", "verified date", "delivered"]
CODES += ["reached service centre", "diagnosis complete", "part demanded", "approved", "no such status"]
FLOWS = ["service_center", "technician", "no_part"]

START = st.tuples(st.just("start"), st.sampled_from(FLOWS))
ANY = st.one_of(
    START,
    # Minutes since the last event: mostly later, at times before it or in the future.
    st.tuples(st.just("record"), st.sampled_from(CODES), st.sampled_from([0, 1, 5, 20, -1, 400])),
    st.tuples(st.just("void"), st.integers(0, 12)),
    st.tuples(st.just("change"), st.sampled_from(FLOWS)),
)
ACTIONS = st.builds(
    lambda early, start, later: [*early, start, *later],
    st.lists(ANY, max_size=2),
    START,
    st.lists(ANY, max_size=25),
)


@pytest.mark.django_db  # tells the run on the second database that it uses one
class HistoryTest(TestCase):
    def setUp(self) -> None:
        self.partner = create_partner("Acme", "acme@example.com", "acme")
        self.client_ = APIClient(raise_request_exception=False)
        self.client_.credentials(HTTP_X_API_KEY=self.partner.api_key)
        look_up(self.client_, "nothing")  # notes the key's first use

    @settings(max_examples=40, deadline=None)
    @given(ACTIONS)
    def test_any_sequence_leaves_an_honest_history(self, actions: list[tuple[Any, ...]]) -> None:
        self.order = make_order(self.partner.partner)
        before = look_up(self.client_, "REP10001")
        for action in actions:
            refused = self.refused(action)
            after = look_up(self.client_, "REP10001")
            same = after.json() == before.json()
            assert same == refused
            assert same == (after.headers["ETag"] == before.headers["ETag"])
            self.assert_honest(after.json()["DATA"])
            before = after

    def refused(self, action: tuple[Any, ...]) -> bool:
        try:
            match action:
                case "start", flow:
                    services.start(self.order, workflow(flow), source=ADMIN)
                case "record", code, minutes:
                    at = self.last_time() + timedelta(minutes=minutes)
                    services.record(self.order, code, at=at, source=ADMIN)
                case "void", number:
                    return self.void_refused(number)
                case "change", flow:
                    services.change_workflow(self.order, workflow(flow), source=ADMIN)
        except services.TrackingError as error:
            assert str(error).endswith((".", "first."))
            return True
        return False

    def last_time(self) -> datetime:
        tracking = OrderTracking.objects.filter(pk=self.order.pk).first()
        return tracking.current_since if tracking else self.order.created_at

    def void_refused(self, number: int) -> bool:
        tracking = OrderTracking.objects.filter(pk=self.order.pk).first()
        history = queries.full_history(tracking) if tracking else []
        if number >= len(history):
            return True
        services.void(history[number], by=self.partner.user, reason="mistake")
        return False

    def assert_honest(self, data: dict[str, Any]) -> None:
        tracking = OrderTracking.objects.filter(pk=self.order.pk).first()
        if tracking is None:
            assert data == {"current_status": None, "tracking_details": []}
            return
        events = queries.visible_events(tracking)
        times = [event.occurred_at for event in events]
        assert times == sorted(times) and times[-1] <= timezone.now()
        assert [event.step.code for event in events].count("created") == 1
        assert (tracking.current_event, tracking.current_since) == (events[-1], times[-1])
        known = WorkflowStep.objects.filter(workflow=tracking.workflow).values_list("code", flat=True)
        assert {event.step.code for event in events} <= set(known)
        assert tracking.current_step.workflow_id == tracking.workflow_id
        shown = [entry["status"] for entry in data["tracking_details"]]
        assert shown == numbered([event.step.code for event in events])
        assert data["current_status"] == data["tracking_details"][-1]
        assert data["is_final"] == tracking.is_closed == (events[-1].step.code == "delivered")


def numbered(codes: list[str]) -> list[str]:
    """Each visit to the customer with its number, counted the slow and plain way."""
    return [
        f"{code} - {Counter(codes[: index + 1])[code]}" if code == VISIT else code
        for index, code in enumerate(codes)
    ]
