"""The line and the measurement of each request."""

import json
import logging

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from partners.models import User
from partners.services import NewPartner
from tests.support.orders import an_order
from warrantify.observability.logs import CorrelationIdFilter, JsonFormatter

ORDERS = "/api/warrantify/repair/single-order/"


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """The access lines as they reach the log."""
    records = [record for record in caplog.records if record.name == "warrantify.access"]
    return [json.loads(JsonFormatter().format(record)) for record in records]


@pytest.fixture(autouse=True)
def _with_correlation_ids(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(CorrelationIdFilter())


def test_an_order_is_one_line(
    acme_api: APIClient, acme: NewPartner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = acme_api.post(ORDERS, an_order(), format="json")
    [line] = lines(caplog)
    assert line["correlation_id"] == answer.headers["X-Request-ID"]
    assert (line["endpoint"], line["status"], line["partner"]) == ("single-order", 200, acme.partner.pk)
    assert line["queries"] == len(queries)
    assert line["duration_ms"]


def test_a_refusal_is_a_line_without_partner(
    api: APIClient, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    api.post(ORDERS, {}, format="json")
    [line] = lines(caplog)
    assert (line["status"], line["partner"], line["queries"]) == (401, None, 0)


def test_an_unknown_path_does_not_reach_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/api/amit@example.com?Name=Amit")
    [line] = lines(caplog)
    assert line["endpoint"] == "not-found"
    assert "amit" not in json.dumps(line).lower()


def test_an_invented_method_is_other(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.generic("INVENTED", "/healthz")
    assert lines(caplog)[0]["method"] == "other"


def test_metrics_need_their_token(settings: LazySettings, client: Client) -> None:
    settings.METRICS_TOKEN = "a-metrics-token"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404


def test_without_a_token_there_are_no_metrics(settings: LazySettings, client: Client) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_metrics_count_requests_by_endpoint_and_status(
    settings: LazySettings, client: Client, db: None
) -> None:
    settings.METRICS_TOKEN = "a-metrics-token"
    client.get("/healthz")
    text = client.get("/metrics", headers={"Authorization": "Bearer a-metrics-token"}).content.decode()
    assert 'warrantify_request_seconds_count{endpoint="healthz",status="200"}' in text


def test_metrics_tell_of_orders_and_the_outbox(
    settings: LazySettings, acme_api: APIClient, client: Client
) -> None:
    settings.METRICS_TOKEN = "a-metrics-token"
    acme_api.post(ORDERS, an_order(), format="json")
    text = client.get("/metrics", headers={"Authorization": "Bearer a-metrics-token"}).content.decode()
    lines = text.splitlines()
    assert "warrantify_database_up 1.0" in lines
    assert "warrantify_request_ids_today 1.0" in lines
    assert 'warrantify_outbox_depth{kind="upload_summary"} 0.0' in lines


def test_who_opens_a_page_of_the_admin_is_logged(
    admin_client: Client, admin_user: User, caplog: pytest.LogCaptureFixture
) -> None:
    admin_client.get("/admin/")
    [line] = lines(caplog)
    assert (line["endpoint"], line["user"]) == ("admin:index", admin_user.pk)
