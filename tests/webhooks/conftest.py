"""Fixtures of the webhook tests: a receiver, an order, and a worker in this thread."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from outbox.models import Destination, Message
from outbox.worker import run_due
from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.tracked_orders import make_order
from tests.webhooks.receiver import Receiver, receiver


@pytest.fixture(autouse=True)
def _private_addresses_allowed(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def sink() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def hooks(acme: NewPartner) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=acme.api_key)
    return client


@pytest.fixture
def hook(hooks: APIClient, sink: Receiver) -> dict[str, Any]:
    """A webhook to the receiver."""
    data: dict[str, Any] = hooks.post("/api/warrantify/webhooks/", {"url": sink.url}, format="json").json()[
        "DATA"
    ]
    return data


@pytest.fixture
def order(acme: NewPartner) -> RepairOrder:
    return make_order(acme.partner)


def deliver_all() -> int:
    """Delivers all that waits, as if its time had come."""
    Message.objects.filter(state="pending").update(due_at=timezone.now())
    Destination.objects.update(retry_at=None)
    return run_due("webhook")
