"""Liveness and readiness."""

from unittest.mock import patch

from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client


def test_healthz_touches_no_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_is_200_on_a_migrated_database(client: Client, db: None) -> None:
    assert client.get("/readyz").status_code == 200


def test_readyz_is_503_without_a_database(client: Client, db: None) -> None:
    with patch("warrantify.health.MigrationExecutor", side_effect=OperationalError):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "database unreachable")


def test_readyz_is_503_before_migrations(client: Client, db: None) -> None:

    MigrationRecorder.Migration.objects.filter(app="repairs").delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "migrations pending")
