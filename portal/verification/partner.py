"""The partner in whose name the service is verified."""

import itertools
import time
import uuid
from typing import Any

from portal.verification.client import Answer, Client, Part
from portal.verification.workbooks import workbook


class Partner:
    """A client with credentials; all its references carry one tag, new with each run."""

    def __init__(self, client: Client, username: str, password: str, api_key: str, email: str) -> None:
        self.client = client
        self.username = username
        self.password = password
        self.email = email
        self.tag = f"VERIFY-{time.strftime('%Y%m%d%H%M%S')}-{uuid.uuid4().hex[:6]}"
        self._numbers = itertools.count(1)
        self._api_key = api_key
        self._token = ""

    @property
    def key(self) -> dict[str, str]:
        """The header of the key endpoints."""
        return {"X-API-Key": self._api_key}

    @property
    def bearer(self) -> dict[str, str]:
        """The header of single-order."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def token(self) -> str:
        """An access token, fetched once."""
        if not self._token:
            answer = self.log_in()
            self._token = (answer.json or {}).get("access", "") if answer.status == 200 else ""
        return self._token

    def log_in(self) -> Answer:
        """POST token."""
        body = {"username": self.username, "password": self.password}
        return self.client.post_json("token/", body)

    def order(self, **changes: Any) -> dict[str, Any]:
        """A good JSON order with a new reference; a change to None takes the member out."""
        order = {
            "repair_ref_no": self.reference(),
            "client_name": "Contract verification",
            "Name": "Amit Patel",
            "CustomerMobile": "9876543210",
            "CustomerEmail": "amit@example.com",
            "Engagement_Type": "Home",
            "AddressLine1": "Flat 301, Tower A",
            "City": "Bangalore",
            "State": "Karnataka",
            "Pincode": "560001",
            "AssetType": "Laptop",
            "Make": "Dell",
            "Model": "XPS 15",
            "IMEINo": "SN123456789",
            "centre_city": "NA",
            "Issue": "Battery not charging",
            "Size": "15 inch",
        }
        return {name: value for name, value in {**order, **changes}.items() if value is not None}

    def row(self, **changes: Any) -> dict[str, Any]:
        """A good row of a workbook with a new reference."""
        order = self.order(Engagement_Type="Onsite")
        for name in ("client_name", "centre_city", "Size"):
            del order[name]
        return {**order, **changes}

    def reference(self) -> str:
        """A reference that nobody has used."""
        return f"{self.tag}-{next(self._numbers)}"

    def send_order(self, order: object) -> Answer:
        """POST single-order with the token; bytes are sent as they are."""
        return self.client.post_json("repair/single-order/", order, self.bearer)

    def upload(self, *rows: dict[str, Any], **parts: Part) -> Answer:
        """POST bulk-order with those rows and the key; `parts` with underscores for spaces."""
        return self.upload_file(workbook(*rows), "orders.xlsx", **parts)

    def upload_file(self, content: bytes, name: str = "orders.xlsx", **parts: Part) -> Answer:
        """POST bulk-order with a file as it is."""
        form: dict[str, Part] = {
            "Client Email": self.email,
            "Client Name": "Contract verification",
            "customFile": (name, content),
        }
        form.update({part.replace("_", " "): value for part, value in parts.items()})
        return self.client.post_form("repair/bulk-order/", form, self.key)

    def track(self, query: str, **headers: str) -> Answer:
        """GET claim/tracking with a query string."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.send("GET", f"claim/tracking/{query}", {**self.key, **sent})
