"""Processes under test: each started, awaited and ended by its own handle.

Everything listens on loopback, on ports that were free.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOOPBACK = "127.0.0.1"
START_SECONDS = 90.0
# Of a program that runs for a second or two, half the work is to make it fast.
JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def free_port() -> int:
    """A port that no process listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether a process accepts connections on `port`."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def wait_until(holds: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> float:
    """Returns the seconds it took; raises TimeoutError naming `what`."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)
    return time.monotonic() - began


class Process:
    """A command in a process group of its own; its output goes to `<name>.log` in `home`.

    It is ready once it listens on `port`. A subclass may give its own command and environment.
    """

    user: str | None = None
    directory: Path = ROOT

    def __init__(
        self,
        home: Path,
        name: str,
        port: int | None = None,
        command: list[str] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.home, self.name, self.port = home, name, port or free_port()
        self.log = home / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._command, self._environ = command or [], environ

    def command(self) -> list[str]:
        return self._command

    def environment(self) -> dict[str, str]:
        return dict(os.environ if self._environ is None else self._environ)

    def start(self) -> None:
        """Starts the process and waits until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=log,
                env=self.environment(),
                cwd=self.directory,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
                start_new_session=True,
            )
        wait_until(self.is_ready, f"{self.name} up (see {self.log})")

    def is_ready(self) -> bool:
        self.assert_running()
        return listens(self.port)

    def assert_running(self) -> None:
        """Raises RuntimeError with the end of the log unless the process runs."""
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.log.read_text()[-2000:]}")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 40) -> None:
        """Ends the process with a signal and, after `seconds`, its whole group with SIGKILL."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.send(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def kill(self) -> None:
        """Ends the whole group at once with SIGKILL."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def children(self) -> list[int]:
        """The process IDs of the children, which for gunicorn are its workers."""
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    def __enter__(self) -> "Process":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
