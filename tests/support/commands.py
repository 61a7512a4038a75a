"""Management commands in forks of one process that has loaded Django, so that they start at once.

`python tests/support/commands.py SOCKET` serves them in its environment, and
`python tests/support/commands.py SOCKET COMMAND ...` runs one, as `manage.py COMMAND ...` would.
"""

import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any


def ask(path: str, arguments: list[str]) -> dict[str, Any]:
    """Runs a command; returns its `returncode`, `stdout` and `stderr`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(json.dumps(arguments).encode())
        connection.shutdown(socket.SHUT_WR)
        ended: dict[str, Any] = json.loads(connection.makefile().read())
    return ended


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
    ended = ask(path, arguments)
    sys.stdout.write(ended["stdout"])
    sys.stderr.write(ended["stderr"])
    sys.exit(ended["returncode"])


if __name__ == "__main__":
    main()
