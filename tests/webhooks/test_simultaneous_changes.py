"""Two calls about one webhook at once, each of which has read it before the other wrote."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction

from outbox import claims, queue
from outbox.handlers import Outcome
from outbox.models import Message
from partners.services import NewPartner
from warrantify.http.errors import NotFoundError
from webhooks import events, services
from webhooks.delivery import signing_secrets
from webhooks.models import Webhook

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(acme: NewPartner) -> list[Webhook]:
    """One webhook as two callers found it."""
    webhook, _ = services.create(acme.partner.pk, {"url": "https://hooks.example.com/", "events": None})
    return [services.find(acme.partner.pk, webhook.webhook_id) for _ in range(2)]


def test_two_changes_both_stay(seen: list[Webhook]) -> None:
    services.update(seen[0], {"description": "Orders"})
    services.update(seen[1], {"events": ["tracking.updated"]})
    stored = Webhook.objects.get()
    assert (stored.description, stored.events) == ("Orders", ["tracking.updated"])


def test_a_change_does_not_undo_a_suspension(seen: list[Webhook]) -> None:
    services.suspend(seen[0], "It floods us.")
    services.update(seen[1], {"description": "Orders"})
    assert Webhook.objects.get().state == "suspended"


def test_of_two_rotations_both_secrets_sign(seen: list[Webhook]) -> None:
    first, second = (services.rotate_secret(each) for each in seen)
    assert signing_secrets(Webhook.objects.get()) == [second, first]


@pytest.mark.parametrize(
    "call",
    [
        lambda webhook: services.update(webhook, {"description": "Orders"}),
        services.rotate_secret,
        services.queue_test,
        services.delete,
    ],
)
def test_a_webhook_deleted_meanwhile_does_not_exist(seen: list[Webhook], call: Any) -> None:
    services.delete(seen[0])
    with pytest.raises(NotFoundError, match="Webhook does not exist"):
        call(seen[1])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_is_being_told_is_deleted_afterwards(seen: list[Webhook]) -> None:
    def delete() -> None:
        services.delete(seen[1])
        connections.close_all()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            events.of_partners([seen[0].partner_id])
            deleting = pool.submit(delete)
            with pytest.raises(TimeoutError):
                deleting.result(0.5)
            events.store_test(seen[0])
        deleting.result(20)
    assert not Webhook.objects.exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_failure_noted_meanwhile_waits_for_a_deletion(seen: list[Webhook]) -> None:
    events.store_test(seen[0])
    [claimed] = claims.claim(1, ["webhook"])

    def fail() -> None:
        claims.settle([(claimed, claimed.messages[0], Outcome(False, "The connection failed."))])
        connections.close_all()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            queue.lock(seen[0].destination_id)
            settling = pool.submit(fail)
            with pytest.raises(TimeoutError):
                settling.result(0.5)
            services.delete(seen[0])
        settling.result(20)
    assert not Message.objects.exists()
