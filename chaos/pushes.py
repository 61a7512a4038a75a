"""Faults of webhooks: what they do to the events, and to partners whose own servers are well.

Five webhooks get every event: four on the good receiver, one on the bad one. That a name's address changes
between check and connection cannot be played on loopback; tests/webhooks/test_addresses.py has it.
"""

import itertools
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from chaos.faults import Fault, Inject, once, worker_killed
from chaos.load import API
from chaos.parts import Statuses
from chaos.receiver import Delivery
from chaos.topology import Topology
from tests.support.orders import an_order
from tests.support.processes import wait_until

ORDERS = 10
GOOD = [f"/good-{number}" for number in range(1, 5)]
BAD = "/bad"
DRAIN_SECONDS = 150.0  # a killed worker's lease is half a minute, the second retry 36 s
OTHERS_SECONDS = 3.0  # p95 of the good ones while another one fails

PENDING = "SELECT count(*) FROM outbox_message m JOIN webhooks_webhook w USING (destination_id)"
SEQUENCES = (
    "SELECT o.request_id, t.event_sequence FROM tracking_ordertracking t"
    " JOIN repairs_repairorder o ON o.id = t.order_id"
)


@dataclass(frozen=True)
class PushFault(Fault):
    """`error` is what the delivery log says of the bad receiver meanwhile; "" where it works."""

    error: str = ""


@contextmanager
def receiver_down(topology: Topology) -> Iterator[None]:
    topology.bad.kill()
    yield
    topology.bad.start()


def behaving(behaviour: str) -> Inject:
    """The bad receiver behaves like this, and then well again."""

    @contextmanager
    def inject(topology: Topology) -> Iterator[None]:
        topology.bad.behave(behaviour)
        yield
        topology.bad.behave("")

    return inject


@contextmanager
def worker_killed_amid(topology: Topology) -> Iterator[None]:
    """The bad receiver takes a second for each answer, so that deliveries are under way."""
    topology.bad.behave("dawdle")
    time.sleep(2.5)
    with worker_killed(topology):
        yield
    topology.bad.behave("")


NO_ANSWER = "No answer within 15 seconds."

PUSH_FAULTS = (
    PushFault("push: nothing (the measure)", once(lambda topology: None)),
    PushFault("push: receiver down", receiver_down, error="The connection was refused."),
    PushFault("push: receiver hangs", behaving("hang"), hold=17, error=NO_ANSWER),
    PushFault("push: receiver drips", behaving("drip"), hold=17, error=NO_ANSWER),
    PushFault(
        "push: receiver redirects to metadata",
        behaving("redirect"),
        error="The answer was HTTP 302: redirects are not followed.",
    ),
    PushFault("push: worker kill -9, restarted", worker_killed_amid),
)


@dataclass(frozen=True)
class Pushed:
    """What one fault did to the events. Delays are seconds from the change to the good receiver, p95."""

    fault: PushFault
    events: int
    lost: int
    out_of_order: int
    repeated: int  # under the same webhook-id, as promised
    renamed: int  # under another one
    forged: int
    errors: int
    delay: float
    drained: float

    def faults(self) -> list[str]:
        """What broke a promise."""
        delays = self.fault.error and self.delay > OTHERS_SECONDS
        found = [
            (not self.events, "no event"),
            (self.lost, "events lost"),
            (self.out_of_order, "events out of order"),
            (self.renamed, "an event under two webhook-ids"),
            (self.forged, "signatures that do not verify"),
            (self.fault.error and not self.errors, f"the log never says {self.fault.error!r}"),
            (delays, f"other endpoints waited over {OTHERS_SECONDS:.0f} s"),
        ]
        return [text for wrong, text in found if wrong]


class Pushes:
    """A partner with webhooks and orders on the move, and what its receivers got."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.credentials = topology.create_partner(f"push{time.monotonic_ns()}")
        urls = [topology.good.url(path) for path in GOOD] + [topology.bad.url(BAD)]
        secrets = [self.call("webhooks/", {"url": url})["secret"] for url in urls]
        known = dict(zip([*GOOD, BAD], secrets, strict=True))
        topology.good.know(known)
        topology.bad.know(known)
        login = {name: self.credentials[name] for name in ("username", "password")}
        self.bearer = f"Bearer {self.call('token/', login)['access']}"
        orders = [an_order(repair_ref_no=f"PUSH-{number}") for number in range(ORDERS)]
        self.request_ids = [self.call("repair/single-order/", order)["request_id"] for order in orders]

    def call(self, path: str, value: object) -> dict[str, str]:
        """The `DATA` of an answer, or all of it."""
        headers = {"Content-Type": "application/json", "X-API-Key": self.credentials["api_key"]}
        if path.startswith("repair"):
            headers["Authorization"] = self.bearer
        connection = self.topology.connect()
        connection.request("POST", f"{API}/{path}", json.dumps(value), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        data: dict[str, str] = answer.get("DATA", answer)
        return data

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Records statuses until the block ends."""
        staff = Statuses(self.topology.home, self.topology.install, self.topology.worker.settings)
        staff.request_ids = self.request_ids
        staff.start()
        wait_until(lambda: bool(self.deliveries()), "the first delivery")
        try:
            yield
        finally:
            staff.stop()

    def is_drained(self) -> bool:
        return self.topology.rows(f"{PENDING} WHERE m.state = 'pending'") == [(0,)]

    def errors(self, sentence: str) -> int:
        if not sentence:
            return 0
        [[count]] = self.topology.rows(f"{PENDING} WHERE m.error = '{sentence}'")
        return int(str(count))

    def created(self) -> dict[str, float]:
        """When each event was stored, in Unix time."""
        rows = self.topology.rows("SELECT event_id, created_at FROM webhooks_event")
        return {str(event_id): _unix(moment) for event_id, moment in rows}

    def deliveries(self) -> list[Delivery]:
        """What both receivers got of these orders."""
        came = self.topology.good.deliveries() + self.topology.bad.deliveries()
        return [each for each in came if each.request_id in self.request_ids]

    def expected(self) -> set[tuple[str, str, int]]:
        """(path, order, sequence) of each event that the orders' own counters promise."""
        counters = {str(order): int(str(last)) for order, last in self.topology.rows(SEQUENCES)}
        return {
            (path, order, sequence)
            for path in (*GOOD, BAD)
            for order in self.request_ids
            for sequence in range(1, counters.get(order, 0) + 1)
        }


def _unix(moment: object) -> float:
    """Of what the driver gives: SQLite's is text, in UTC."""
    if isinstance(moment, datetime):
        return moment.timestamp()
    return datetime.fromisoformat(str(moment)).replace(tzinfo=UTC).timestamp()


def endure(topology: Topology, fault: PushFault, warm_up: float = 2, after: float = 3) -> Pushed:
    pushes = Pushes(topology)
    with pushes.moving():
        time.sleep(warm_up)
        with fault.inject(topology):
            time.sleep(fault.hold)
            errors = pushes.errors(fault.error)
        healed = time.monotonic()
        time.sleep(after)
    while not pushes.is_drained() and time.monotonic() - healed < DRAIN_SECONDS:
        time.sleep(0.2)
    return _audit(fault, pushes, errors, time.monotonic() - healed)


def _audit(fault: PushFault, pushes: Pushes, errors: int, drained: float) -> Pushed:
    ids: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    lanes: dict[tuple[str, str], list[int]] = defaultdict(list)
    deliveries, created, delays = pushes.deliveries(), pushes.created(), []
    for each in deliveries:
        key = (each.path, each.request_id, each.sequence)
        if key not in ids:
            lanes[each.path, each.request_id].append(each.sequence)
            if each.path in GOOD:
                delays.append(each.at - created[each.event_id])
        ids[key].append(each.event_id)
    expected = pushes.expected()
    return Pushed(
        fault,
        events=len(expected),
        lost=len(expected - set(ids)),
        out_of_order=sum(
            earlier > later for lane in lanes.values() for earlier, later in itertools.pairwise(lane)
        ),
        repeated=len(deliveries) - len(ids),
        renamed=sum(len(set(names)) > 1 for names in ids.values()),
        forged=sum(not each.is_genuine for each in deliveries),
        errors=errors,
        delay=statistics.quantiles(delays, n=20)[-1] if len(delays) > 1 else 0.0,
        drained=drained,
    )


HEAD = ("fault", "events", "lost", "disorder", "repeats", "new IDs", "forged", "others' p95 s", "drained s")
FORM = "| {:<40} | {:>6} | {:>4} | {:>8} | {:>7} | {:>7} | {:>6} | {:>13} | {:>9} |"


def line(pushed: Pushed) -> str:
    return FORM.format(
        pushed.fault.name,
        pushed.events,
        pushed.lost,
        pushed.out_of_order,
        pushed.repeated,
        pushed.renamed,
        pushed.forged,
        f"{pushed.delay:.2f}",
        f"{pushed.drained:.1f}",
    )


def campaign(topology: Topology, chosen: str) -> list[str]:
    """Runs the faults and prints the table; returns what broke a promise."""
    faults = [fault for fault in PUSH_FAULTS if chosen in fault.name]
    if faults:
        print(FORM.format(*HEAD), flush=True)
    broken = []
    for fault in faults:
        pushed = endure(topology, fault)
        print(line(pushed), flush=True)
        broken += [f"{topology.database}, {fault.name}: {text}" for text in pushed.faults()]
    return broken
