"""`python -m chaos.receiver PORT HOME`: partners' servers that take webhooks, all behaving alike.

It notes what it verified in `HOME/deliveries.txt`, one a line. `HOME/secrets.json` holds the secret of each
path, `HOME/behaviour` how it answers: `hang`, `drip`, `redirect`, `dawdle`
(200 after a second), and 200 where there is none.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

METADATA = "http://169.254.169.254/latest/meta-data/"  # where clouds keep their machines' credentials


class Delivery(NamedTuple):
    """One attempt that came; `at` is Unix time."""

    path: str
    event_id: str
    request_id: str
    sequence: int
    at: float
    is_genuine: bool


class Receiver(BaseHTTPRequestHandler):
    home: Path
    lock = threading.Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.note(body)
        behaviour = self.behaviour()
        with contextlib.suppress(OSError):  # the sender hung up
            if behaviour in ("hang", "drip"):
                self.hold_up(behaviour)
            elif behaviour == "redirect":
                self.answer(302, METADATA)
            else:
                time.sleep(behaviour == "dawdle")
                self.answer(200)

    def note(self, body: bytes) -> None:
        event_id, data = self.headers["webhook-id"], json.loads(body)["data"]
        is_genuine = hmac.compare_digest(self.headers["webhook-signature"], self.signature(body))
        delivery = Delivery(
            self.path, event_id, data["request_id"], data["sequence"], time.time(), is_genuine
        )
        with self.lock, (self.home / "deliveries.txt").open("a") as file:
            file.write(json.dumps(delivery) + "\n")

    def signature(self, body: bytes) -> str:
        """By hand from the contract: a second opinion on the library that signs."""
        secret = json.loads((self.home / "secrets.json").read_text())[self.path].removeprefix("whsec_")
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        digest = hmac.digest(base64.b64decode(secret), signed, hashlib.sha256)
        return "v1," + base64.b64encode(digest).decode()

    def behaviour(self) -> str:
        file = self.home / "behaviour"
        return file.read_text() if file.exists() else ""

    def hold_up(self, behaviour: str) -> None:
        """Says nothing, or a byte of the status line now and then, and hangs up once it is over."""
        while self.behaviour() == behaviour:
            if behaviour == "drip":
                self.wfile.write(b"H")
            time.sleep(0.5)
        self.close_connection = True

    def answer(self, status: int, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


def main() -> None:
    port, Receiver.home = int(sys.argv[1]), Path(sys.argv[2])
    ThreadingHTTPServer.request_queue_size = 64
    ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()


if __name__ == "__main__":
    main()
