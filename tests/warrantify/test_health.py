"""Liveness and readiness."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from warrantify import health


@pytest.fixture(autouse=True)
def _nothing_known_of_migrations() -> Iterator[None]:
    health._require_migrations.cache_clear()
    yield
    health._require_migrations.cache_clear()


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


def test_migrations_are_looked_at_until_they_are_complete(client: Client, db: None) -> None:
    with patch("warrantify.health.MigrationExecutor", wraps=MigrationExecutor) as executor:
        assert [client.get("/readyz").status_code for _ in range(3)] == [200] * 3
    assert executor.call_count == 1


@pytest.fixture
def sqlite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database for the probe."""
    path = tmp_path / "probe.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE some (data)")
    monkeypatch.setitem(connection.settings_dict, "NAME", path)
    return path


def test_the_probe_writes(sqlite_file: Path) -> None:
    health._write_to_sqlite()
    with closing(sqlite3.connect(sqlite_file)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)


def test_the_probe_fails_where_nothing_can_be_written(sqlite_file: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))  # as good as a full disk
    try:
        with pytest.raises(sqlite3.Error):
            health._write_to_sqlite()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_the_probe_passes_while_another_writes(sqlite_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.1)
    with closing(sqlite3.connect(sqlite_file)) as writer:
        writer.execute("INSERT INTO some VALUES (1)")
        health._write_to_sqlite()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the probe writes to SQLite only")
def test_readyz_is_503_where_nothing_can_be_written(client: Client, db: None) -> None:
    with patch("warrantify.health._write_to_sqlite", side_effect=sqlite3.OperationalError):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "database cannot be written to")
