"""Sends one POST to a partner's server, which may be anything.

The name is resolved once, every address found is checked, and the connection goes to one of them. No
redirect is followed, no proxy used. One deadline holds for all of it: a time-out for each read alone
would let a server that sends a byte now and then hold us for hours.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit

from django.utils import timezone

from webhooks.addresses import is_allowed

TOTAL_SECONDS = 15.0
CONNECT_SECONDS = 5.0
READ_BYTES = 8192
KEPT_CHARACTERS = 500
MAX_WISH_SECONDS = 3600.0

# `getaddrinfo` knows no time-out.
_RESOLVERS = ThreadPoolExecutor(32, thread_name_prefix="resolve")


class SendingError(Exception):
    """No answer came; the message is a sentence for the partner and tells nothing of our network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered: its status, the beginning of its body, and how long it took.

    `retry_after` counts the seconds of a `Retry-After`, at most an hour; 0 without one.
    """

    status: int
    text: str
    milliseconds: int
    retry_after: float = 0.0


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Sends `body` and returns the answer. Raises SendingError where there is none within 15 s."""
    began = time.monotonic()
    deadline = began + TOTAL_SECONDS
    parts = urlsplit(url)
    connection = _Connection(parts.hostname or "", parts.port, parts.scheme == "https", deadline)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body, dict(headers))
        with connection.getresponse() as response:
            text = _read(response)
            seconds = time.monotonic() - began
            wish = _retry_after(response.headers.get("Retry-After", ""))
            return Answer(response.status, text, round(1000 * seconds), wish)
    except TimeoutError:
        raise SendingError(f"No answer within {TOTAL_SECONDS:.0f} seconds.") from None
    except ssl.SSLCertVerificationError as error:
        raise SendingError(f"The TLS certificate is not valid: {error.verify_message}.") from None
    except ssl.SSLError:
        raise SendingError("The TLS connection failed.") from None
    except ConnectionRefusedError:
        raise SendingError("The connection was refused.") from None
    except HTTPException:
        raise SendingError("The answer is not HTTP.") from None
    except OSError:
        raise SendingError("The connection failed.") from None
    finally:
        connection.close()


def _read(response: HTTPResponse) -> str:
    """The beginning of the body, until 8 KB, its end, or the deadline."""
    content = b""
    # The status has come: what happens to the body, or does not, changes nothing about it.
    with contextlib.suppress(OSError, HTTPException):
        while len(content) < READ_BYTES and (piece := response.read1(READ_BYTES - len(content))):
            content += piece
    # PostgreSQL keeps no NUL.
    return content.decode(errors="replace").replace("\0", "\ufffd")[:KEPT_CHARACTERS]


def _retry_after(value: str) -> float:
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:10]), MAX_WISH_SECONDS)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        return 0.0
    return min(max(0.0, (moment - timezone.now()).total_seconds()), MAX_WISH_SECONDS)


class _Connection(HTTPConnection):
    """An HTTP connection to a checked address, each of whose steps ends at the deadline."""

    def __init__(self, host: str, port: int | None, is_tls: bool, deadline: float) -> None:
        super().__init__(host, port or (443 if is_tls else 80))
        self.default_port = 443 if is_tls else 80  # leaves it out of the Host header
        self._is_tls = is_tls
        self._deadline = deadline

    def connect(self) -> None:
        """Connects to the first address that accepts; raises SendingError where one is not public."""
        plain = self._open()
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(_left(self._deadline))
            if self._is_tls:
                plain = cast(_TimedSocket, tls().wrap_socket(plain, server_hostname=self.host))
            plain.deadline = self._deadline
            self.sock = plain
        except BaseException:
            plain.close()
            raise

    def _open(self) -> "_TimedSocket":
        addresses = _resolve(self.host, self.port, self._deadline)
        for number, (family, address) in enumerate(addresses, 1):
            plain = _TimedSocket(family, socket.SOCK_STREAM)
            plain.settimeout(min(CONNECT_SECONDS, _left(self._deadline)))
            try:
                plain.connect(address)
            except OSError:
                plain.close()
                if number == len(addresses):
                    raise
            else:
                return plain
        raise SendingError("The name has no address.")


def _resolve(host: str, port: int, deadline: float) -> list[tuple[int, Any]]:
    """The addresses of `host`, in the resolver's order. One that is not allowed refuses them all."""
    found = _RESOLVERS.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        answers = found.result(_left(deadline))
    except TimeoutError:
        raise SendingError("The name could not be resolved in time.") from None
    except (OSError, UnicodeError):
        raise SendingError("The name cannot be resolved.") from None
    addresses: list[tuple[int, Any]] = [(family, address) for family, _, _, _, address in answers]
    if not all(is_allowed(ip_address(str(address[0]).partition("%")[0])) for _, address in addresses):
        raise SendingError("The name leads to an address that is not on the public internet.")
    return addresses


def _left(deadline: float) -> float:
    """Seconds until the deadline; raises TimeoutError after it."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class _TimedSocket(socket.socket):
    """A socket of which every step ends at the deadline."""

    deadline: float

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(_left(self.deadline))
        super().sendall(*args, **kwargs)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left(self.deadline))
        return super().recv_into(*args, **kwargs)


class _TimedTLSSocket(_TimedSocket, ssl.SSLSocket):
    """The same within TLS."""


@cache
def tls() -> ssl.SSLContext:
    """What every connection over TLS shares; it reads the authorities' file once."""
    context = ssl.create_default_context()
    context.sslsocket_class = _TimedTLSSocket
    return context
