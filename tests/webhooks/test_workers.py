"""Real workers and a real receiver: kill -9, several workers, a database that goes away."""

import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg2
import pytest

from tests.support.commands import Command
from tests.support.http import Client
from tests.support.processes import wait_until
from tests.support.service import Commands, Service
from tests.webhooks.receiver import Receiver, receiver

FILL = """
import json
from django.utils import timezone
from webhooks import events
from webhooks.models import Event, Webhook
from outbox import queue
webhook = Webhook.objects.get(webhook_id="WEBHOOK")
now = timezone.now()
made = [
    Event(event_id=events._new_id(), partner_id=webhook.partner_id, type="tracking.updated",
          request_id=webhook.webhook_id[-12:] + str(n % ORDERS), sequence=n,
          body=json.dumps(dict(sequence=n)), created_at=now)
    for n in range(COUNT)
]
Event.objects.bulk_create(made)
queue.enqueue_many([queue.Draft(webhook.destination_id, e.event_id, e.request_id) for e in made], now)
"""
EXPIRE = """
from django.utils import timezone; from outbox.models import Destination, Message
Message.objects.filter(state="pending").update(due_at=timezone.now())
Destination.objects.update(leased_until=None, retry_at=None)
"""


@pytest.fixture(scope="module")
def allowing(live: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Commands on the live service's database that may send webhooks to loopback."""
    environ = {**live.environ, "WEBHOOK_ALLOW_PRIVATE": "on"}
    forks = Commands(tmp_path_factory.mktemp("workers"), environ)
    yield forks
    forks.stop()


@contextmanager
def worker(allowing: Commands) -> Iterator[Command]:
    process = allowing.begin("worker")
    try:
        yield process
    finally:
        process.send(signal.SIGKILL)
        process.wait(30)


def shell(commands: Commands, code: str) -> str:
    done = commands.run("shell", "-v", "0", "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def sink() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def webhook(live: Service, allowing: Commands, sink: Receiver) -> Iterator[dict[str, Any]]:
    """A webhook of the live service to the receiver."""
    code = (
        "from partners.models import Partner; from webhooks import services;"
        f"w, s = services.create(Partner.objects.get(name='Live').pk, {{'url': {sink.url!r}}});"
        "print(w.webhook_id, s)"
    )
    webhook_id, secret = shell(allowing, code).split()
    yield {"webhook_id": webhook_id, "secret": secret}
    Client(live.base, {"X-API-Key": live.api_key}).send("DELETE", f"webhooks/{webhook_id}/")


def fill(commands: Commands, webhook: dict[str, Any], count: int, orders: int = 5) -> None:
    named = FILL.replace("WEBHOOK", webhook["webhook_id"]).replace("COUNT", str(count))
    shell(commands, named.replace("ORDERS", str(orders)))


def is_in_order(sink: Receiver, orders: int) -> bool:
    """Whether the events of each order came in sequence, repeats aside."""
    seen: dict[int, list[int]] = defaultdict(list)
    for each in sink.received:
        sequence = each.json["sequence"]
        if sequence not in seen[sequence % orders]:
            seen[sequence % orders].append(sequence)
    return all(sequences == sorted(sequences) for sequences in seen.values())


def test_an_event_leaves_at_once(
    live: Service, allowing: Commands, webhook: dict[str, Any], sink: Receiver
) -> None:
    client = Client(live.base, {"X-API-Key": live.api_key})
    with worker(allowing):
        client.send("POST", f"webhooks/{webhook['webhook_id']}/test/")
        wait_until(lambda: len(sink.received) == 1, "the first event, with the worker's start")
        time.sleep(0.3)
        began = time.monotonic()
        client.send("POST", f"webhooks/{webhook['webhook_id']}/test/")
        while len(sink.received) < 2 and time.monotonic() - began < 10:
            time.sleep(0.005)
        assert time.monotonic() - began < 0.8  # about 0.06 on a quiet machine


def test_a_killed_worker_loses_nothing_and_repeats_carry_the_same_id(
    allowing: Commands, webhook: dict[str, Any], sink: Receiver
) -> None:
    sink.delay = 0.02
    fill(allowing, webhook, 60)
    for killed_after in (1, 20, 40):
        with worker(allowing):  # its end is kill -9
            wait_until(lambda: len(sink.received) >= killed_after, "deliveries")  # noqa: B023
        shell(allowing, EXPIRE)
    with worker(allowing):
        wait_until(lambda: len(set(sink.ids())) == 60, "all deliveries")
    assert is_in_order(sink, 5)


def test_four_workers_keep_order_and_send_two_at_a_time(
    allowing: Commands, webhook: dict[str, Any], sink: Receiver
) -> None:
    sink.delay = 0.01
    fill(allowing, webhook, 100)
    with ExitStack() as workers:
        for _ in range(4):
            workers.enter_context(worker(allowing))
        wait_until(lambda: len(sink.received) >= 100, "all deliveries")
        time.sleep(0.5)  # for a second copy to show
    assert len(sink.ids()) == len(set(sink.ids())) == 100
    assert sink.most_at_once <= 2
    assert is_in_order(sink, 5)


def test_sigterm_ends_a_worker_after_the_deliveries_in_hand(
    allowing: Commands, webhook: dict[str, Any], sink: Receiver
) -> None:
    sink.delay = 0.3
    fill(allowing, webhook, 20)
    with worker(allowing) as process:
        wait_until(lambda: len(sink.received) >= 2, "deliveries")
        process.send(signal.SIGTERM)
        assert process.wait(20)["returncode"] == 0
    sent = len(sink.received)
    assert sent < 20
    delivered = f"Message.objects.filter(state='delivered', reference__in={sink.ids()!r})"
    count = f"from outbox.models import Message; print({delivered}.count())"
    assert int(shell(allowing, count)) == sent


def end_connections(server: str, name: str) -> None:
    with closing(psycopg2.connect(f"{server}/postgres")) as admin:
        admin.autocommit = True
        admin.cursor().execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


def test_a_database_that_goes_away_costs_nothing(
    allowing: Commands, webhook: dict[str, Any], sink: Receiver
) -> None:
    url = allowing.environ["DATABASE_URL"]
    if not url.startswith("postgres"):
        pytest.skip("SQLite does not go away")
    sink.delay = 0.02
    fill(allowing, webhook, 80)
    server, _, name = url.rpartition("/")
    with worker(allowing):
        for least in (5, 30, 55):
            wait_until(lambda: len(sink.received) >= least, "deliveries")  # noqa: B023
            end_connections(server, name)
        wait_until(lambda: len(set(sink.ids())) == 80, "all deliveries")
        time.sleep(1)
    assert len(sink.ids()) == 80
    assert is_in_order(sink, 5)
