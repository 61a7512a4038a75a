"""A real receiver of webhooks that keeps what it gets."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Answer = Callable[[BaseHTTPRequestHandler], None]


class Received(NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answering(status: int, headers: dict[str, str] | None = None, body: bytes = b"ok") -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class Receiver:
    """Where it listens, what it has received; `answer` decides what it says after `delay` seconds."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Answer = answering(200)
        self.delay = 0.0
        self.url = ""
        self.most_at_once = 0
        self.now = 0
        self.lock = threading.Lock()

    def ids(self) -> list[str]:
        return [each.event_id for each in self.received]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.lock:
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(headers, body))
                receiver.now += 1
                receiver.most_at_once = max(receiver.most_at_once, receiver.now)
            time.sleep(receiver.delay)
            with receiver.lock:  # before the answer, after which the next may come at once
                receiver.now -= 1
            with contextlib.suppress(OSError):  # the sender hung up
                receiver.answer(self)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """Listens on loopback until the block ends."""
    kept = Receiver()
    ThreadingHTTPServer.request_queue_size = 64
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(kept))
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_port}/hooks?a=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
