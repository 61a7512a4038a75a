"""gunicorn's threaded worker: it gathers requests before a thread takes them up, speaks the envelope
where gunicorn itself refuses one, and loses no connection when it stops."""

import contextlib
import errno
import json
import logging
import selectors
import socket
import struct
import time
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn import glogging, util
from gunicorn.http import errors
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from warrantify.gathering import Gathering, ReadAhead
from warrantify.observability.logs import request_id

logger = logging.getLogger(__name__)

REFUSALS: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}

READ_BYTES = 64 * 1024
# Of all requests that are not answered yet; over it goes the largest of those still coming in.
MAX_GATHERED_BYTES = 128 * 1024 * 1024
# A client has this long to send a request: 16 MB at half a megabit a second.
GATHER_SECONDS = 300.0
# After its answer a client may go on sending what nobody reads; a reset would lose it the answer.
LINGER_SECONDS = 30.0
LINGER_SILENCE_SECONDS = 2.0
SCAN_SECONDS = 1.0
SEND_TIMEOUT = struct.pack("ll", 10, 0)  # seconds without progress, for a client that reads nothing


class Logger(glogging.Logger):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's, without its line for each request unless `--access-logfile` asks for one.

    The application writes that line. gunicorn would compose its own all the same, because it was given
    a `logconfig_dict`, and drop it: a twentieth of a request's time.
    """

    @property
    def access_log_enabled(self) -> bool:
        """gunicorn's hook."""
        return bool(self.cfg.accesslog)


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gthread whose threads, and whose poller, never wait for a client.

    gthread's threads read the request themselves, so that a few clients who send a byte now and then
    hold them all; and its poller stands still for two seconds where a client does not close. Here the
    poller reads, threads get what is whole, and who does not close is left alone. With TLS of its own
    gunicorn does as ever; a proxy in front ends TLS, and gathers too.
    """

    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gathering: set[TConn] = set()
        self._lingering: set[TConn] = set()
        self._gathered_bytes = 0
        self._next_scan = 0.0

    # --- Gathering: all of it on the poller's thread ----------------------------------------

    def accept(self, listener: Any) -> bool:
        """Takes a connection and what it has sent so far; False where none was waiting."""
        if self.cfg.is_ssl:
            before = self.nr_conns
            super().accept(listener)
            return bool(self.nr_conns > before)
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                return self._make_room()
            return False
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, SEND_TIMEOUT)
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.gathering = Gathering()
        self._read(conn)
        return True

    def _make_room(self) -> bool:
        """In a full house goes who has been answered, or else who has kept us waiting longest."""
        if self._lingering:
            self._end(min(self._lingering, key=lambda conn: conn.since))
        elif self._gathering:
            self._drop(min(self._gathering, key=lambda conn: conn.since))
        elif self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self._end(conn)
        else:
            return False
        return True

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """A kept-alive connection has its next request, or ends."""
        if self.cfg.is_ssl:
            super().on_client_socket_readable(conn, client)
        elif conn in self.keepalived_conns:  # else it was dropped since the poller saw it
            self.poller.unregister(client)
            self.keepalived_conns.remove(conn)
            conn.gathering = Gathering()
            self._read(conn)

    def _read_more(self, conn: Any, client: Any) -> None:
        if conn in self._gathering:  # else it was dropped since the poller saw it
            self._read(conn)

    def _read(self, conn: Any) -> None:
        try:
            data = conn.sock.recv(READ_BYTES)
        except BlockingIOError:
            self._wait(conn)
            return
        except OSError:
            self._drop(conn)
            return
        if not conn.gathering:
            conn.timeout = time.monotonic() + GATHER_SECONDS
        conn.gathering.data += data
        self._gathered_bytes += len(data)
        if not conn.gathering:
            self._drop(conn)
        elif not data or conn.gathering.is_whole():
            self._hand_over(conn)  # of half a request gunicorn says what it makes of it
        elif not conn.gathering.has_head():
            self._turn_away(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif conn.gathering.is_too_long():
            self._hand_over(conn)  # the application refuses it by its length
        else:
            self._wait(conn)

    def _wait(self, conn: Any) -> None:
        if conn.gathering.waits_for_continue:
            self._gathered_bytes -= conn.gathering.take_expectation()
            _write(conn.sock, b"HTTP/1.1 100 Continue\r\n\r\n")
        if conn not in self._gathering:
            conn.since = time.monotonic()
            if not conn.gathering:
                conn.timeout = conn.since + (self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)
            self._gathering.add(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read_more, conn))
        if self._gathered_bytes > MAX_GATHERED_BYTES:
            largest = max(self._gathering, key=lambda conn: len(conn.gathering))
            if largest.gathering:
                logger.warning("Dropped the largest of %d unfinished requests", len(self._gathering))
                self._drop(largest)

    def _leave_poller(self, conn: Any) -> None:
        if conn in self._gathering:
            self._gathering.remove(conn)
            self.poller.unregister(conn.sock)

    def _hand_over(self, conn: Any) -> None:
        self._leave_poller(conn)
        conn.data_ready = True
        self.enqueue_req(conn)

    def _give_up(self, conn: Any) -> None:
        self._leave_poller(conn)
        self._gathered_bytes -= len(conn.gathering)

    def _drop(self, conn: Any) -> None:
        self._give_up(conn)
        self._end(conn)

    def _turn_away(self, conn: Any, status: HTTPStatus) -> None:
        self._give_up(conn)
        _refuse(conn.sock, status)
        self._linger(conn)

    def murder_pending(self) -> None:
        """Ends what took too long, once a second."""
        super().murder_pending()
        now = time.monotonic()
        if now < self._next_scan:
            return
        self._next_scan = now + SCAN_SECONDS
        for conn in [conn for conn in self._gathering if conn.timeout <= now]:
            if conn.gathering:
                self._turn_away(conn, HTTPStatus.REQUEST_TIMEOUT)
            else:
                self._drop(conn)
        for conn in [conn for conn in self._lingering if conn.timeout <= now]:
            self._end(conn)

    # --- Around a thread's work -------------------------------------------------------------

    def handle(self, conn: Any) -> Any:
        """On a thread: gives gunicorn's parser what was gathered."""
        if not self.cfg.is_ssl:
            conn.init()
            if not isinstance(conn.parser.unreader, ReadAhead):
                conn.parser.unreader = ReadAhead(conn.sock)
            conn.parser.unreader.put(conn.gathering.data)
        return super().handle(conn)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """On a thread: drops what the application left unread; who is still sending is not waited for."""
        if self.cfg.is_ssl:
            return bool(super()._keepalive_after(conn, keepalive))
        if not keepalive or not conn.gathering.is_whole():
            return False
        try:
            body = conn.parser.mesg.body
            while body.read(READ_BYTES * 16):
                pass
        except (OSError, errors.ParseException):  # the answer is out: a refusal would be a second one
            return False
        # Where the body broke or ended early, nobody knows where the next request begins.
        return not (body.failed or conn.parser.unreader.ran_dry)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """What came along with the request begins the next one."""
        if self.cfg.is_ssl:
            super().finish_request(conn, fs)
            return
        self._gathered_bytes -= len(conn.gathering)
        rest = conn.parser.unreader.take_rest() if conn.parser else b""
        conn.gathering = Gathering(rest)  # and what was gathered, which may be megabytes, goes
        if fs.cancelled() or fs.exception() or not fs.result():
            if not fs.cancelled() and (error := fs.exception()):
                logger.error("Unhandled error in a thread", exc_info=error)
            self._linger(conn)
        elif rest:
            conn.sock.setblocking(False)
            conn.timeout = time.monotonic() + GATHER_SECONDS
            self._gathered_bytes += len(rest)
            if conn.gathering.is_whole():
                self._hand_over(conn)
            else:
                self._wait(conn)
        else:
            super().finish_request(conn, fs)

    def _linger(self, conn: Any) -> None:
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # the client has gone
            self._end(conn)
            return
        conn.gathering = conn.parser = None
        conn.since = time.monotonic()
        conn.timeout = conn.since + LINGER_SILENCE_SECONDS
        self._lingering.add(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._ignore, conn))

    def _ignore(self, conn: Any, client: Any) -> None:
        if conn not in self._lingering:  # it was dropped since the poller saw it
            return
        try:
            data = conn.sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            conn.timeout = min(conn.since + LINGER_SECONDS, time.monotonic() + LINGER_SILENCE_SECONDS)
        else:
            self._end(conn)

    def _end(self, conn: Any) -> None:
        if conn in self._lingering:
            self._lingering.remove(conn)
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    # --- Stopping ---------------------------------------------------------------------------

    def set_accept_enabled(self, enabled: bool) -> None:
        """When stopping, takes what waits in the queue and closes it to others.

        gthread keeps it open while the last requests end; connections that the kernel puts there
        meanwhile are never answered.
        """
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            if listener.sock is None:  # closed already
                continue
            while self.accept(listener):
                pass
            listener.close()

    def _cap_keepalive(self, deadline: float) -> None:
        """Stopping, connections that have sent nothing end soon, too."""
        super()._cap_keepalive(deadline)
        for conn in self._gathering:
            if not conn.gathering:
                conn.timeout = min(conn.timeout, deadline)

    def is_parent_alive(self) -> bool:
        """Without its master a worker stops as on SIGTERM, so that a new master gets the port soon."""
        if not super().is_parent_alive():
            self.alive = False  # and never back to True: SIGTERM may have come meanwhile
        return self.alive

    # --- Refusing ---------------------------------------------------------------------------

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answers what never reached the application, and logs neither its headers nor its path."""
        request_id.set("-")  # the thread still has the last request's
        status = REFUSALS.get(type(exc), HTTPStatus.BAD_REQUEST)
        if isinstance(exc, errors.ParseException):
            logger.warning("Refused as HTTP: %s", type(exc).__name__)
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            logger.error("Unhandled error outside the application", exc_info=exc)
        _refuse(client, status)


def _refuse(client: Any, status: HTTPStatus) -> None:
    from warrantify.http.errors import MESSAGES, envelope  # the master does not load Django

    body = json.dumps(envelope(status, MESSAGES.get(status, status.phrase))).encode()
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    _write(client, head.encode() + body)


def _write(client: Any, data: bytes) -> None:
    with contextlib.suppress(OSError):  # the client has gone, or reads nothing
        util.write_nonblock(client, data)
