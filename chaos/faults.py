"""Every fault: how it is done, how it is undone, and what the callers may notice of it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import psycopg2

from chaos.load import API, upload_form
from chaos.parts import Postgres
from chaos.topology import DATABASES, Topology
from tests.support.processes import listens, wait_until

Inject = Callable[[Topology], AbstractContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """`inject` begins it; leaving its block undoes it. `hold` is how long it lasts, in seconds.

    `noticed` says whether callers may get anything but their answer while it lasts.
    """

    name: str
    inject: Inject
    hold: float = 3.0
    noticed: bool = True
    databases: tuple[str, ...] = DATABASES
    needs_root: bool = False


def once(act: Callable[[Topology], None]) -> Inject:
    """A fault that nobody undoes: the service has to get over it by itself."""

    @contextmanager
    def inject(topology: Topology) -> Iterator[None]:
        act(topology)
        yield

    return inject


def kill_a_web_worker(topology: Topology) -> None:
    os.kill(topology.webs[0].children()[0], signal.SIGKILL)


@contextmanager
def master_killed(topology: Topology) -> Iterator[None]:
    web = topology.webs[0]
    os.kill(web.pid, signal.SIGKILL)
    assert web.process is not None
    web.process.wait()
    yield
    wait_until(lambda: not listens(web.port), "the orphaned workers gone")
    web.start()


@contextmanager
def instance_killed(topology: Topology) -> Iterator[None]:
    topology.webs[0].kill()
    yield
    topology.webs[0].start()


def reload_all(topology: Topology) -> None:
    for web in topology.webs:
        before = set(web.children())
        web.send(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while set(web.children()) & before and time.monotonic() < deadline:
            time.sleep(0.1)


def restart_in_turn(topology: Topology) -> None:
    for web in topology.webs:
        web.stop(signal.SIGTERM)
        web.start()
        time.sleep(1)


@contextmanager
def postgres_restarted(topology: Topology) -> Iterator[None]:
    topology.postgres.stop()
    yield
    topology.postgres.start()


@contextmanager
def postgres_killed(topology: Topology) -> Iterator[None]:
    topology.postgres.crash()
    yield
    topology.postgres.start()


def terminate_backends(topology: Topology) -> None:
    topology.postgres.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = 'warrantify'"
    )


@contextmanager
def out_of_connections(topology: Topology) -> Iterator[None]:
    """Somebody else holds every connection that PostgreSQL has, the service none."""
    postgres = topology.postgres
    with ExitStack() as held:

        def take_all() -> None:
            with contextlib.suppress(psycopg2.OperationalError):
                while True:
                    connection = psycopg2.connect(postgres.url("postgres"), connect_timeout=2)
                    held.callback(connection.close)

        watcher = psycopg2.connect(postgres.url("postgres"))
        held.callback(watcher.close)
        watcher.autocommit = True
        take_all()
        with watcher.cursor() as cursor:
            for _ in range(50):  # the service takes some of those it loses back before we do
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = 'warrantify'"
                )
                if cursor.fetchall() == [(0,)]:
                    break
                take_all()
            else:
                raise RuntimeError("the service kept a connection")
        yield


@contextmanager
def disk_full(topology: Topology) -> Iterator[None]:
    """The orders' table moves to a tablespace on a small tmpfs, which is then filled."""
    disk = topology.home / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(disk)], check=True)
    space = disk / "space"
    space.mkdir()
    if user := topology.postgres.user:
        shutil.chown(space, user)
    postgres = topology.postgres
    try:
        postgres.query(f"CREATE TABLESPACE small LOCATION '{space}'")
        _move_all(postgres, "pg_default", "small")
        with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(b"\0" * 65536)
        yield
    finally:
        (disk / "ballast").unlink(missing_ok=True)
        time.sleep(3)  # the service recovers on the small disk
        _move_all(postgres, "small", "pg_default")
        postgres.query("DROP TABLESPACE small")
        subprocess.run(["umount", str(disk)], check=True)


def _move_all(postgres: Postgres, source: str, target: str) -> None:
    for kind in ("TABLE", "INDEX"):
        for _ in range(20):
            with contextlib.suppress(psycopg2.errors.DeadlockDetected):  # with the load
                postgres.query(f"ALTER {kind} ALL IN TABLESPACE {source} SET TABLESPACE {target}")
                break


@contextmanager
def redis_stopped(topology: Topology) -> Iterator[None]:
    topology.redis.stop()
    yield
    topology.redis.start()


@contextmanager
def smtp_stopped(topology: Topology) -> Iterator[None]:
    topology.mail.stop()
    yield
    topology.mail.start()


@contextmanager
def worker_killed(topology: Topology) -> Iterator[None]:
    topology.worker.kill()
    yield
    topology.worker.start()


@contextmanager
def slow_clients(topology: Topology) -> Iterator[None]:
    """Thirty clients that send a byte of their body every now and then."""
    over = threading.Event()
    threads = [threading.Thread(target=_trickle, args=(topology, over), daemon=True) for _ in range(30)]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join(15)


def _trickle(topology: Topology, over: threading.Event) -> None:
    connection = topology.connect(10)
    with contextlib.suppress(OSError):
        connection.putrequest("POST", f"{API}/repair/single-order/")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "10000")
        connection.endheaders()
        while not over.wait(0.3):
            connection.send(b" ")
    connection.close()


@contextmanager
def hang_ups(topology: Topology) -> Iterator[None]:
    """Clients that send an upload, whole or in part, and are gone before its answer is, or amid it."""
    api_key = topology.create_partner(f"hangup{time.monotonic_ns()}")["api_key"]
    over = threading.Event()
    thread = threading.Thread(target=_hang_up, args=(topology, api_key, over), daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(15)


def _hang_up(topology: Topology, api_key: str, over: threading.Event) -> None:
    turn = 0
    while not over.wait(0.05):
        turn += 1
        body, content_type = upload_form([f"hang-up-{turn}-{row}" for row in range(5)])
        connection = topology.connect(10)
        with contextlib.suppress(OSError):
            headers = {"Content-Length": str(len(body)), "Content-Type": content_type, "X-API-Key": api_key}
            sent = len(body) // 2 if turn % 3 == 0 else len(body)
            connection.request("POST", f"{API}/repair/bulk-order/", body[:sent], headers)
            assert connection.sock
            if turn % 3 == 1:
                connection.sock.recv(1)
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()


@contextmanager
def clock_over_midnight(topology: Topology) -> Iterator[None]:
    """The instances' clock is moved past the next midnight, and then steps back before it."""
    now = time.time()
    local = time.time() + 5.5 * 3600  # India
    midnight = now + 86400 - local % 86400
    topology.clock.write_text(str(midnight + 2 - now))
    time.sleep(2)
    topology.clock.write_text(str(midnight - 3 - now))
    yield
    topology.clock.unlink()
    time.sleep(1)  # until every worker has noticed
    # The jump of hours was ours: a mail queued in it would wait as long.
    topology.rows(
        "UPDATE outbox_message SET due_at = CURRENT_TIMESTAMP WHERE state = 'pending' AND attempts = 0"
    )


SERVER = ("postgresql",)

FAULTS = (
    Fault("nothing (the measure)", once(lambda topology: None), noticed=False),
    Fault("gunicorn worker kill -9", once(kill_a_web_worker)),
    Fault("gunicorn master kill -9, restarted", master_killed),
    Fault("reload (SIGHUP) of every instance", once(reload_all), hold=0, noticed=False),
    Fault("rolling restart (SIGTERM)", once(restart_in_turn), hold=0, noticed=False, databases=SERVER),
    Fault("one of two instances kill -9, restarted", instance_killed, databases=SERVER),
    Fault("PostgreSQL restarted", postgres_restarted, databases=SERVER),
    Fault("PostgreSQL kill -9, restarted", postgres_killed, databases=SERVER),
    Fault("every connection terminated", once(terminate_backends), databases=SERVER),
    Fault("out of connections", out_of_connections, databases=SERVER),
    Fault("disk full (tablespace on a tmpfs)", disk_full, databases=SERVER, needs_root=True),
    Fault("Redis stopped, restarted", redis_stopped, noticed=False, databases=SERVER),
    Fault("SMTP stopped, restarted", smtp_stopped, noticed=False),
    Fault("worker kill -9, restarted", worker_killed, noticed=False),
    Fault("30 clients trickle their bodies", slow_clients, noticed=False, databases=SERVER),
    Fault("clients hang up", hang_ups, noticed=False),
    Fault("clock over midnight and back", clock_over_midnight, noticed=False),
)
