"""The partner in whose name the service is tried."""

import itertools
import time
import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from tests.support.http import Answer, Client, Part
from tests.support.orders import an_order
from tests.support.workbooks import a_row, workbook

CLIENT_NAME = "Contract suite"


class Partner:
    """A client with credentials; all its references carry one tag, new with each run."""

    def __init__(self, client: Client, credentials: Mapping[str, str], email: str) -> None:
        self.client = client
        self.email = email
        self.key = {"X-API-Key": credentials["api_key"]}
        self._login = {name: credentials[name] for name in ("username", "password")}
        self.tag = f"VERIFY-{time.strftime('%Y%m%d%H%M%S')}-{uuid.uuid4().hex[:6]}"
        self._numbers = itertools.count(1)

    @cached_property
    def token(self) -> str:
        """An access token, fetched once."""
        answer = self.log_in()
        assert answer.status == 200, f"no token for {self._login['username']}: {answer.json}"
        return str(answer.json["access"])

    @property
    def bearer(self) -> dict[str, str]:
        """The header of single-order."""
        return {"Authorization": f"Bearer {self.token}"}

    def log_in(self) -> Answer:
        """POSTs token/."""
        return self.client.post_json("token/", self._login)

    def reference(self) -> str:
        """A reference that no order has."""
        return f"{self.tag}-{next(self._numbers)}"

    def order(self, **changes: Any) -> dict[str, Any]:
        """A good order with a new reference; a change to `...` leaves the field out."""
        return an_order(**{"repair_ref_no": self.reference(), "client_name": CLIENT_NAME, **changes})

    def row(self, **changes: Any) -> dict[str, Any]:
        """A good row of a workbook with a new reference."""
        return a_row(**{"repair_ref_no": self.reference(), **changes})

    def send_order(self, order: object) -> Answer:
        """POSTs single-order with the token; bytes are sent as they are."""
        return self.client.post_json("repair/single-order/", order, self.bearer)

    def new_order(self, **changes: Any) -> str:
        """Stores an order and returns its request ID."""
        answer = self.send_order(self.order(**changes))
        assert answer.status == 200, answer.json
        return str(answer.json["DATA"]["request_id"])

    def upload(self, *rows: dict[str, Any], **parts: Part) -> Answer:
        """POSTs bulk-order with those rows; `parts` with underscores for spaces."""
        return self.upload_file(workbook(*rows), "orders.xlsx", **parts)

    def upload_file(self, content: bytes, name: str = "orders.xlsx", **parts: Part) -> Answer:
        """POSTs bulk-order with a file as it is."""
        form: dict[str, Part] = {
            "Client Email": self.email,
            "Client Name": CLIENT_NAME,
            "customFile": (name, content),
        }
        form.update({part.replace("_", " "): value for part, value in parts.items()})
        return self.client.post_form("repair/bulk-order/", form, self.key)

    def get(self, path: str, **headers: str) -> Answer:
        """GETs a path with the key; `headers` with underscores for hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, {**self.key, **sent})

    def track(self, query: str, **headers: str) -> Answer:
        """GETs claim/tracking/ with a query string."""
        return self.get(f"claim/tracking/{query}", **headers)
