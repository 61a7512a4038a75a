"""Orders of sandbox partners move with the clock, and nothing is written."""

from datetime import timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.clock import NOON, after
from tests.support.tracked_orders import make_order
from tests.tracking.test_batch import PATH as BATCH
from tests.tracking.test_look_up import look_up, statuses
from tracking.models import OrderTracking, SandboxDecision, WorkflowStep


def test_an_order_begins_as_created(trial: APIClient, clock: time_machine.Traveller) -> None:
    data = look_up(trial, "REP10001").json()["DATA"]
    assert data["tracking_details"] == [{"date": "20-11-2026 17:30:00", "status": "created"}]
    assert data["workflow"] == "service_center"


def test_a_minute_later_it_is_assigned(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, seconds=61)
    assert look_up(trial, "REP10001").json()["DATA"]["current_status"] == {
        "date": "20-11-2026 17:31:00",
        "status": "assigned",
    }


def approve(**elapsed: float) -> None:
    decided_at = NOON + timedelta(**elapsed)
    order = RepairOrder.objects.get()
    SandboxDecision.objects.create(order=order, approves=True, decided_at=decided_at, decided_by="Asha")


def test_it_waits_for_the_partners_approval(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, days=3)
    data = look_up(trial, "REP10001").json()["DATA"]
    assert data["current_status"] == {"date": "20-11-2026 17:40:00", "status": "awaiting approval"}
    assert data["waiting_on"] == "approval"


def test_once_approved_every_status_follows(trial: APIClient, clock: time_machine.Traveller) -> None:
    approve(minutes=11)
    after(clock, days=3)
    answer = look_up(trial, "REP10001")
    codes = WorkflowStep.objects.filter(workflow__code="service_center").values_list("code", flat=True)
    assert [status.removesuffix(" - 1") for status in statuses(answer)] == list(codes)
    assert answer.json()["DATA"]["current_status"]["date"] == "20-11-2026 17:49:00"
    assert answer.json()["DATA"]["is_final"]


def test_nothing_is_written(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, minutes=5)
    look_up(trial, "REP10001")
    assert not OrderTracking.objects.exists()


def test_the_etag_holds_for_its_minute(trial: APIClient, clock: time_machine.Traveller) -> None:
    etag = look_up(trial, "REP10001").headers["ETag"]
    after(clock, seconds=59)
    assert look_up(trial, "REP10001", **{"If-None-Match": etag}).status_code == 304
    after(clock, seconds=60)
    assert look_up(trial, "REP10001", **{"If-None-Match": etag}).status_code == 200


def test_a_clock_behind_the_orders_still_shows_created(
    trial: APIClient, clock: time_machine.Traveller
) -> None:
    after(clock, seconds=-5)
    assert statuses(look_up(trial, "REP10001")) == ["created"]


def test_a_batch_shows_the_same(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, minutes=7)
    [entry, absent] = trial.get(BATCH, {"ReferenceID": "REP10001,REP"}).json()["DATA"]
    assert entry["DATA"] == look_up(trial, "REP10001").json()["DATA"]
    assert absent["Status_code"] == "404"


@pytest.mark.parametrize(("since", "found"), [("17:49:00", 1), ("17:49:01", 0)])
def test_changes_are_those_the_clock_made(
    trial: APIClient, clock: time_machine.Traveller, since: str, found: int
) -> None:
    approve(minutes=11)
    after(clock, hours=1)
    answer = trial.get(BATCH, {"modified_since": f"2026-11-20T{since}"}).json()
    assert len(answer["DATA"]) == found


def test_a_cursor_leads_through_a_sandbox_too(
    trial: APIClient, sandbox: NewPartner, clock: time_machine.Traveller
) -> None:
    for number in range(150):
        make_order(sandbox.partner, f"R{number}", created_at=NOON)
    after(clock, hours=1)
    first = trial.get(BATCH, {"modified_since": "2026-11-20"}).json()
    second = trial.get(BATCH, {"cursor": first["Next_Cursor"]}).json()
    names = [entry["service_request_id"] for entry in first["DATA"] + second["DATA"]]
    # The Technician Flow, which Home proposes, is a minute shorter.
    assert names == [*(f"R{number}" for number in range(150)), "REP10001"]
    assert second["Next_Cursor"] is None


def test_an_old_order_that_was_decided_now_has_changed(
    trial: APIClient, clock: time_machine.Traveller
) -> None:
    approve(days=2)
    after(clock, days=2, minutes=3)
    answer = trial.get(BATCH, {"modified_since": "2026-11-22T17:00:00"}).json()
    assert [entry["service_request_id"] for entry in answer["DATA"]] == ["REP10001"]


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "1899-12-31", "3000-01-01"])
def test_a_time_out_of_range_is_400(trial: APIClient, since: str) -> None:
    assert trial.get(BATCH, {"modified_since": since}).status_code == 400
