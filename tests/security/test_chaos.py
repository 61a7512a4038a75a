"""The short version of `python -m chaos`: what was answered with 200 is there, once, whatever happened."""

import os
from collections.abc import Iterator

import pytest

from chaos.__main__ import Outcome, endure
from chaos.faults import FAULTS
from chaos.topology import Topology, running
from tests.support.required import need_program

pytestmark = pytest.mark.xdist_group("chaos")

DATABASE = "postgresql" if os.environ.get("TEST_DATABASE_URL") else "sqlite"
NEEDED = {
    "NGINX": ("nginx", "nginx-light"),
    "PGBOUNCER": ("pgbouncer", "pgbouncer"),
    "REDIS": ("redis-server", "redis-server"),
    "OPENSSL": ("openssl", "openssl"),
}
SHORT = (
    "gunicorn worker kill -9",
    "reload (SIGHUP) of every instance",
    "rolling restart (SIGTERM)",
    "PostgreSQL kill -9, restarted",
    "every connection terminated",
    "Redis stopped, restarted",
    "worker kill -9, restarted",
)


@pytest.fixture(scope="module")
def topology() -> Iterator[Topology]:
    if DATABASE == "postgresql":
        for name, (program, package) in NEEDED.items():
            need_program(name, program, package)
    # Two processes on either: two instances of one, or one of two.
    with running(DATABASE, web_processes=1 if DATABASE == "postgresql" else 2) as topology:
        yield topology


def kept_its_promises(outcome: Outcome) -> bool:
    assert outcome.answered > 0
    assert not outcome.balance.contradictions
    return (outcome.balance.lost, outcome.balance.duplicated, outcome.balance.halves) == (0, 0, 0)


@pytest.mark.parametrize("name", SHORT)
def test_nothing_answered_is_lost_or_twice(topology: Topology, name: str) -> None:
    [fault] = [fault for fault in FAULTS if fault.name == name]
    if DATABASE not in fault.databases:
        pytest.skip("a fault of the server topology")
    outcome = endure(topology, fault, clients=3, warm_up=0.5, after=1.5)
    assert kept_its_promises(outcome)
    if not fault.noticed:
        assert (outcome.refused, outcome.broken) == (0, 0)


def test_sixteen_writers_never_meet_a_lock(topology: Topology) -> None:
    outcome = endure(topology, FAULTS[0], clients=16, warm_up=0.5, after=1.5)
    assert kept_its_promises(outcome)
    assert (outcome.refused, outcome.broken) == (0, 0)
