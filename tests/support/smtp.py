"""A real SMTP server that keeps what it is sent.

`python -m tests.support.smtp PORT FILE` writes the Message-ID of each mail to the file, one a line.
"""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from aiosmtpd.controller import Controller

from tests.support.processes import free_port

SomeSink = TypeVar("SomeSink", bound="Sink")


class Sink:
    """The mails delivered so far; each takes `delay` seconds, and `reply` refuses them."""

    def __init__(self, delay: float = 0, reply: str = "250 OK") -> None:
        self.mails: list[EmailMessage] = []
        self.delay = delay
        self.reply = reply
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        if self.reply.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.reply

    def to(self, recipient: str) -> list[EmailMessage]:
        """The mails to one recipient."""
        return [mail for mail in self.mails if mail["To"] == recipient]


class Notebook(Sink):
    """A sink that notes the mails in a file, for another process to read."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        reply = await super().handle_DATA(server, session, envelope)
        with self.file.open("a") as file:
            file.write(f"{self.mails.pop()['Message-ID']}\n")
        return reply


@contextmanager
def smtp_sink(delay: float = 0, reply: str = "250 OK", port: int | None = None) -> Iterator[Sink]:
    """Listens on `port` (a free one without) until the block ends."""
    with listening(Sink(delay, reply), port or free_port()) as sink:
        yield sink


@contextmanager
def listening(sink: SomeSink, port: int) -> Iterator[SomeSink]:
    """The sink, while it takes mails."""
    sink.port = port
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


if __name__ == "__main__":
    with listening(Notebook(Path(sys.argv[2])), int(sys.argv[1])):
        signal.pause()
