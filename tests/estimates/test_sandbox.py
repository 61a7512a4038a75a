"""Sandbox orders: an estimate appears and waits by the clock, and the partner's decision is kept."""

import pytest
import time_machine
from rest_framework.test import APIClient

from estimates.amounts import totals
from estimates.sandbox import LINES, TAX_PERCENT
from tests.estimates.test_api import decide, poll, read
from tests.support.clock import after
from tracking.sandbox import ESTIMATE_TOTAL_PAISE

pytestmark = pytest.mark.django_db

RAISED, WAITING = 6, 10  # minutes, in the Service Center Flow


def test_its_lines_come_to_the_amount_that_tracking_shows() -> None:
    assert totals((line.amount for line in LINES), TAX_PERCENT).paise == ESTIMATE_TOTAL_PAISE


def test_before_it_is_raised_there_is_none(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, minutes=RAISED - 1)
    assert read(trial)["Message"] == "No estimate available"
    assert poll(trial)["estimate"] is None
    assert decide(trial)[1]["Message"] == "Estimate does not exist"


def test_it_is_raised_and_then_waits(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, minutes=RAISED)
    assert read(trial)["DATA"]["state"] == poll(trial)["estimate"]["state"] == "raised"
    assert decide(trial)[1]["Message"] == "Estimate is not awaiting approval"
    after(clock, minutes=WAITING)
    assert read(trial)["DATA"]["state"] == poll(trial)["estimate"]["state"] == "awaiting_approval"
    assert read(trial)["DATA"]["total"] == poll(trial)["estimate"]["total"] == "2950.00"
    assert read(trial)["DATA"]["raised"] == "20-11-2026 17:36:00"


def test_approval_moves_the_clock_on(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, minutes=100)
    status, body = decide(trial)
    assert (status, body["DATA"]["state"], body["DATA"]["decided_by"]) == (200, "approved", "Asha Rao")
    assert poll(trial)["current_status"] == {"date": "20-11-2026 19:10:00", "status": "approved"}
    after(clock, minutes=101)
    assert poll(trial)["current_status"]["status"] == "handed over to ASP"


def test_a_decline_waits_for_us(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, minutes=WAITING)
    etag = trial.get("/api/warrantify/claim/tracking/", {"ReferenceID": "REP10001"})["ETag"]
    assert decide(trial, "decline")[1]["DATA"]["reason"] == "Too expensive"
    after(clock, minutes=200)
    assert (poll(trial)["current_status"]["status"], poll(trial)["waiting_on"]) == ("awaiting approval", "us")
    answer = trial.get("/api/warrantify/claim/tracking/", {"ReferenceID": "REP10001"})
    assert answer["ETag"] != etag


def test_the_same_decision_again_and_the_other_one(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, minutes=WAITING)
    first = decide(trial)
    after(clock, minutes=WAITING + 5)
    assert decide(trial, decided_by="Somebody else") == first
    status, body = decide(trial, "decline")
    assert (status, body["Message"]) == (409, "Estimate was already decided")
    assert body["DATA"] == first[1]["DATA"]


def test_it_expires(trial: APIClient, clock: time_machine.Traveller) -> None:
    after(clock, minutes=8 * 24 * 60)
    assert poll(trial)["estimate"]["state"] == read(trial)["DATA"]["state"] == "expired"
    assert decide(trial)[1]["Message"] == "Estimate has expired"
