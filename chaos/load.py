"""Constant mixed load, and a ledger of what the service promised."""

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from chaos.topology import Topology
from tests.support.http import Part, multipart
from tests.support.orders import an_order
from tests.support.workbooks import a_row, workbook

API = "/api/warrantify"
ROWS = 5


@dataclass
class Ledger:
    """References sent, the request IDs promised for them, and how each request ended."""

    promised: dict[str, str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    uploads: list[list[str]] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    endings: list[tuple[float, float, str]] = field(default_factory=list)  # when, seconds, kind
    lock: threading.Lock = field(default_factory=threading.Lock)

    def promise(self, reference: str, request_id: str) -> None:
        with self.lock:
            if self.promised.setdefault(reference, request_id) != request_id:
                self.contradictions.append(reference)

    def end(self, began: float, kind: str) -> None:
        now = time.monotonic()
        with self.lock:
            self.endings.append((now, now - began, kind))


def upload_form(references: Iterable[str], **changes: str) -> tuple[bytes, str]:
    """The body of an upload and its content type."""
    content = workbook(*(a_row(repair_ref_no=reference, **changes) for reference in references))
    parts: dict[str, Part] = {"Client Email": "ops@acme.example", "Client Name": "Acme"}
    return multipart({**parts, "customFile": ("o.xlsx", content)})


class Client(threading.Thread):
    """One caller on a kept-alive connection: orders, uploads, look-ups, and re-sending what failed."""

    numbers = itertools.count()

    def __init__(self, topology: Topology, credentials: dict[str, str], ledger: Ledger, pause: float) -> None:
        super().__init__(daemon=True)
        self.topology, self.credentials, self.ledger, self.pause = topology, credentials, ledger, pause
        self.stopping = threading.Event()
        self.connection: http.client.HTTPConnection | None = None
        self.random = random.Random()
        self.name = f"client-{next(self.numbers)}"
        self.mine: list[str] = []

    def run(self) -> None:
        turns = [self.order] * 6 + [self.look_up] * 3 + [self.upload]
        count = 0
        while not self.stopping.is_set():
            count += 1
            self.random.choice(turns)(f"{self.name}-{count}")
            self.stopping.wait(self.pause)
        if self.connection:
            self.connection.close()

    def call(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, object]]:
        """Status and body; (0, {}) for a broken connection or an answer that is no envelope."""
        began = time.monotonic()
        status, answer, kind = 0, {}, "broken"
        try:
            self.connection = self.connection or self.topology.connect()
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            self.connection.request(method, API + path, body, names)
            response = self.connection.getresponse()
            answer = json.loads(response.read())
            status = response.status
            kind = "refused" if status == 503 and response.headers["Retry-After"] else f"{status}"
            if status >= 500 and kind != "refused":
                self.ledger.contradictions.append(f"{status} {answer}")
        except (OSError, http.client.HTTPException, ValueError):
            if self.connection:
                self.connection.close()
            self.connection = None
        self.ledger.end(began, kind)
        return status, answer

    def insist(self, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, object]]:
        """Sends until it is answered, as the partner guide advises."""
        while True:
            status, answer = self.call("POST", path, body, **headers)
            if status not in (0, 503) or self.stopping.is_set():
                return status, answer
            time.sleep(0.1)

    def order(self, reference: str) -> None:
        self.ledger.sent.add(reference)
        body = json.dumps(an_order(repair_ref_no=reference)).encode()
        authorization = f"Bearer {self.credentials['access']}"
        status, answer = self.insist(
            "/repair/single-order/", body, Authorization=authorization, Content_Type="application/json"
        )
        if status in (200, 409):
            self.keep([answer["DATA"]])
        elif status not in (0, 503):
            self.ledger.contradictions.append(f"order: {status} {answer}")

    def upload(self, reference: str) -> None:
        references = [f"{reference}-{row}" for row in range(ROWS)]
        self.ledger.sent.update(references)
        self.ledger.uploads.append(references)
        body, content_type = upload_form(references)
        status, answer = self.insist(
            "/repair/bulk-order/", body, X_API_Key=self.credentials["api_key"], Content_Type=content_type
        )
        if status == 200:
            self.keep(answer["DATA"])
        elif status not in (0, 503):
            self.ledger.contradictions.append(f"upload: {status} {answer}")

    def look_up(self, _: str) -> None:
        if not self.mine:
            return
        status, answer = self.call(
            "GET",
            f"/claim/tracking/?ReferenceID={self.random.choice(self.mine)}",
            X_API_Key=self.credentials["api_key"],
        )
        if status not in (0, 200, 503):
            self.ledger.contradictions.append(f"look-up: {status} {answer}")

    def keep(self, data: object) -> None:
        assert isinstance(data, list)
        for order in data:
            self.ledger.promise(order["service_request_id"], order["request_id"])
            self.mine.append(order["request_id"])


class Load:
    """`with Load(...)`: so many clients at work; `log_in` first, while the service is well."""

    def __init__(self, topology: Topology, clients: int = 6, pause: float = 0.02) -> None:
        self.topology, self.ledger = topology, Ledger()
        credentials = dict(topology.partner)
        self.clients = [Client(topology, credentials, self.ledger, pause) for _ in range(clients)]
        body = json.dumps({name: credentials[name] for name in ("username", "password")}).encode()
        status, tokens = self.clients[0].call("POST", "/token/", body, Content_Type="application/json")
        assert status == 200, tokens
        credentials["access"] = str(tokens["access"])
        self.ledger.endings.clear()

    def __enter__(self) -> "Load":
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            client.stopping.set()
        for client in self.clients:
            client.join(60)

    def count(self, kind: str) -> int:
        return Counter(ending[2] for ending in self.ledger.endings)[kind]
