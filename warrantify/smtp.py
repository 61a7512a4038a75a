"""Mail by SMTP within a total time: a server that sends a byte now and then holds nobody up.

A socket's time-out begins anew with every byte, so it bounds no conversation; a deadline does.
"""

import io
import smtplib
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import smtp


class EmailBackend(smtp.EmailBackend):
    """Django's backend, its conversation over within `EMAIL_DEADLINE` seconds (plus looking up the name)."""

    _until = 0.0

    @property
    def connection_class(self) -> Callable[..., smtplib.SMTP]:  # type: ignore[override]
        """What Django opens a connection with."""
        return partial(_BoundedSSL if self.use_ssl else _Bounded, until=self._until)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Django's method; raises SMTPServerDisconnected when the time is over."""
        self._until = time.monotonic() + settings.EMAIL_DEADLINE
        return super().send_messages(email_messages) or 0


class _Bounded(smtplib.SMTP):
    """Gives each read and write what is left of the time."""

    def __init__(self, *args: Any, until: float, **kwargs: Any) -> None:
        self._until = until
        super().__init__(*args, **kwargs)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Reader(self.sock, self._until))
        return super().getreply()

    def send(self, s: Any) -> None:
        try:
            if self.sock is not None:
                self.sock.settimeout(_seconds_left(self._until))
        except TimeoutError:
            self.close()
            raise smtplib.SMTPServerDisconnected("The time for this mail is over") from None
        super().send(s)


class _BoundedSSL(_Bounded, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


class _Reader(io.RawIOBase):
    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(_seconds_left(self._until))
        return self._connection.recv_into(buffer)


def _seconds_left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
