"""Management commands in forks of one process that has loaded Django, so that they start at once.

`python tests/support/commands.py SOCKET` serves them in its environment, and
`python tests/support/commands.py SOCKET COMMAND ...` runs one, as `manage.py COMMAND ...` would.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Command:
    """A command under way, in the process `pid`."""

    def __init__(self, path: str, arguments: Sequence[str]) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(path)
        self._connection.sendall(json.dumps(arguments).encode())
        self._connection.shutdown(socket.SHUT_WR)
        self._said = self._connection.makefile()
        self.pid = int(self._said.readline())
        self._ended: dict[str, Any] | None = None

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal, unless it has ended."""
        if self._ended is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float | None = None) -> dict[str, Any]:
        """Its `returncode`, `stdout` and `stderr` once it has ended; nothing where it was killed."""
        if self._ended is None:
            with self._connection, self._said:
                self._connection.settimeout(seconds)
                self._ended = json.loads(self._said.read() or "{}")
        return self._ended


def serve(path: str) -> None:
    """Serves until it is killed; each command has a process of its own."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", "check"])  # loads the URLs too, but opens no database
    sys.stdout.flush()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{path}.new")
        listener.listen()
        Path(f"{path}.new").rename(path)  # now it can be asked
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                _answer(connection)
            connection.close()


def _answer(connection: socket.socket) -> None:
    """Runs the command that `connection` asks for, answers, and ends this process."""
    from django.core.management import execute_from_command_line

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection.sendall(f"{os.getpid()}\n".encode())
    arguments = json.loads(connection.makefile().read())
    code: Any = 0
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            execute_from_command_line(["manage.py", *arguments])
        except SystemExit as ended:
            code = ended.code or 0
        except BaseException:
            code = 1
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        for file in (out, err):
            file.seek(0)
        answer = {"returncode": code, "stdout": out.read(), "stderr": err.read()}
    connection.sendall(json.dumps(answer).encode())
    os._exit(0)


def main() -> None:
    path, *arguments = sys.argv[1:]
    if not arguments:
        sys.path[0] = str(Path.cwd())  # not this folder, whose http.py is not the standard library's
        os.environ["DJANGO_SETTINGS_MODULE"] = "warrantify.settings"
        serve(path)
    ended = Command(path, arguments).wait()
    sys.stdout.write(ended["stdout"])
    sys.stderr.write(ended["stderr"])
    sys.exit(ended["returncode"])


if __name__ == "__main__":
    main()
