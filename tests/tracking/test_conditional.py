"""Polling that costs next to nothing: ETag, Last-Modified, 304."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from partners.services import NewPartner
from tests.support.tracked_orders import ADMIN, make_order, make_tracked, workflow
from tests.tracking.test_look_up import look_up
from tracking import queries, services
from tracking.models import OrderTracking, WorkflowStep


def polled(client: APIClient, etag: str) -> Any:
    return look_up(client, "REP10001", **{"If-None-Match": etag})


def test_the_answer_may_be_kept_but_not_used_unasked(key_api: APIClient, acme: NewPartner) -> None:
    make_tracked(acme.partner)
    assert look_up(key_api, "REP10001").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other",W/{} , "more"', "*"])
def test_who_has_the_answer_gets_304_without_body(key_api: APIClient, acme: NewPartner, form: str) -> None:
    make_tracked(acme.partner)
    fresh = look_up(key_api, "REP10001")
    answer = polled(key_api, form.format(fresh.headers["ETag"]))
    assert (answer.status_code, answer.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Last-Modified"):
        assert answer.headers[name] == fresh.headers[name]


@pytest.mark.parametrize("etag", ['"other"', "nonsense", ""])
def test_who_has_another_answer_gets_this_one(key_api: APIClient, acme: NewPartner, etag: str) -> None:
    make_tracked(acme.partner)
    assert polled(key_api, etag).json() == look_up(key_api, "REP10001").json()


def test_a_304_costs_one_query_beside_the_keys_and_reads_no_event(
    key_api: APIClient, acme: NewPartner
) -> None:
    make_tracked(acme.partner, "assigned")
    etag = look_up(key_api, "REP10001").headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        assert polled(key_api, etag).status_code == 304
    assert len(queries) == 2
    assert "tracking_trackingevent" not in queries[1]["sql"]


def record(tracking: OrderTracking) -> None:
    services.record(tracking.order, "accepted", source=ADMIN)


def void(tracking: OrderTracking) -> None:
    event = queries.full_history(tracking)[-1]
    services.void(event, by=tracking.partner.users.get(), reason="mistake")


def change(tracking: OrderTracking) -> None:
    services.change_workflow(tracking.order, workflow("no_part"), source=ADMIN)


def expect(tracking: OrderTracking) -> None:
    WorkflowStep.objects.filter(pk=tracking.current_step_id).update(expected_hours=99)


def wait(tracking: OrderTracking) -> None:
    WorkflowStep.objects.filter(pk=tracking.current_step_id).update(waiting_on="parts")


@pytest.mark.parametrize("change", [record, void, change, expect, wait])
def test_a_change_of_the_answer_changes_the_etag(
    key_api: APIClient, acme: NewPartner, change: Callable[[OrderTracking], None]
) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    before = look_up(key_api, "REP10001")
    change(tracking)
    after = polled(key_api, before.headers["ETag"])
    assert after.status_code == 200
    assert after.json() != before.json()


def test_the_start_of_tracking_changes_the_etag(key_api: APIClient, acme: NewPartner) -> None:
    order = make_order(acme.partner)
    etag = look_up(key_api, "REP10001").headers["ETag"]
    assert polled(key_api, etag).status_code == 304
    services.start(order, workflow("technician"), source=ADMIN)
    assert polled(key_api, etag).status_code == 200


def test_an_etag_is_of_one_order(key_api: APIClient, acme: NewPartner) -> None:
    make_tracked(acme.partner, reference="A")
    make_tracked(acme.partner, reference="B")
    assert look_up(key_api, "A").headers["ETag"] != look_up(key_api, "B").headers["ETag"]


def test_a_refused_move_leaves_the_answer_as_it_was(key_api: APIClient, acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "delivered")
    etag = look_up(key_api, "REP10001").headers["ETag"]
    with pytest.raises(services.TrackingError):
        services.record(tracking.order, "assigned", source=ADMIN)
    assert polled(key_api, etag).status_code == 304


def test_last_modified_is_the_last_change(key_api: APIClient, acme: NewPartner) -> None:
    noon = datetime(2026, 11, 20, 12, 0, 0, 500_000, tzinfo=UTC)
    with time_machine.travel(noon, tick=False):
        make_tracked(acme.partner)
    shown = look_up(key_api, "REP10001").headers["Last-Modified"]
    assert shown == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert look_up(key_api, "REP10001", **{"If-Modified-Since": shown}).status_code == 304


def test_a_second_change_in_the_same_second_is_not_missed(key_api: APIClient, acme: NewPartner) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with time_machine.travel(noon, tick=False):
        tracking = make_tracked(acme.partner)
        shown = look_up(key_api, "REP10001").headers["Last-Modified"]
        services.record(tracking.order, "assigned", source=ADMIN)
    with time_machine.travel(noon + timedelta(minutes=5), tick=False):
        answer = look_up(key_api, "REP10001", **{"If-Modified-Since": shown})
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["If-Match", "If-Unmodified-Since"])
def test_preconditions_of_writers_do_not_matter(key_api: APIClient, acme: NewPartner, header: str) -> None:
    make_tracked(acme.partner)
    headers = {header: "Fri, 20 Nov 2020 12:00:00 GMT", "If-None-Match": '"other"'}
    assert look_up(key_api, "REP10001", **headers).status_code == 200


def test_another_partners_order_is_404_to_a_condition_too(key_api: APIClient, rival: NewPartner) -> None:
    make_tracked(rival.partner)
    assert polled(key_api, "*").status_code == 404
