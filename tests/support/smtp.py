"""A real SMTP server that keeps what it is sent."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.processes import free_port


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


@contextmanager
def smtp_sink(delay: float = 0, reply: str = "250 OK", port: int | None = None) -> Iterator[Sink]:
    """Listens on `port` (a free one without) until the block ends."""
    sink = Sink(delay, reply)
    sink.port = port or free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
