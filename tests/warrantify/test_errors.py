"""The envelope, whatever raises the error."""

import logging
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from tests.support.orders import an_order
from warrantify.observability.logs import JsonFormatter

ORDERS = "/api/warrantify/repair/single-order/"


def test_other_unknown_paths_are_pages(client: Client) -> None:
    answer = client.get("/nowhere/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_wrong_host_is_400_in_the_envelope(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True  # makes Django look at the host
    answer = client.get("/api/x", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["Message"]) == (400, "Invalid request data")


def test_a_fault_of_ours_is_500_without_details(
    acme_api: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    with patch("repairs.services.create_order", side_effect=RuntimeError("Amit Patel")):
        answer = acme_api.post(ORDERS, an_order(), format="json")
    body = answer.json()
    assert answer.status_code == 500
    assert (body["Message"], body["Request_ID"]) == ("Internal server error", answer.headers["X-Request-ID"])
    assert "RuntimeError" in caplog.text


def test_a_database_away_is_503_with_retry_after(acme_api: APIClient) -> None:
    with patch("repairs.services.create_order", side_effect=OperationalError("gone")):
        answer = acme_api.post(ORDERS, an_order(), format="json")
    assert (answer.status_code, answer.json()["Message"]) == (503, "Service temporarily unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "sent, kept", [("partner-42.a:b_c", True), ("short", False), ("x" * 200, False), ("a b c d e f", False)]
)
def test_a_valid_correlation_id_is_kept_and_any_other_replaced(client: Client, sent: str, kept: bool) -> None:
    answer = client.get("/healthz", headers={"x-request-id": sent})
    assert (answer.headers["X-Request-ID"] == sent) is kept
    assert answer.headers["X-Request-ID"]


def test_log_lines_carry_frames_but_no_exception_text() -> None:
    row = ("Amit Patel", "9876543210")
    try:
        raise ValueError(row)
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "x", 1, "broken", None, (type(error), error, error.__traceback__)
        )
    line = JsonFormatter().format(record)
    assert "ValueError" in line
    assert not any(value in line for value in row)
