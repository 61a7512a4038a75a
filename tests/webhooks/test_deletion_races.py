"""A webhook is deleted while its events are stored or noted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from outbox import claims, queue
from outbox.handlers import Outcome
from outbox.models import Message
from partners.services import NewPartner
from webhooks import events, services
from webhooks.models import Webhook

pytestmark = [
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def webhook(acme: NewPartner) -> Webhook:
    return services.create(acme.partner.pk, {"url": "https://hooks.example.com/", "events": None})[0]


def test_a_webhook_that_is_being_told_is_deleted_afterwards(webhook: Webhook) -> None:
    def delete() -> None:
        services.delete(webhook)
        connections.close_all()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            events.of_partners([webhook.partner_id])
            deleting = pool.submit(delete)
            with pytest.raises(TimeoutError):
                deleting.result(0.5)
            events.store_test(webhook)
        deleting.result(20)
    assert not Webhook.objects.exists()


def test_a_failure_noted_meanwhile_waits_for_a_deletion(webhook: Webhook) -> None:
    events.store_test(webhook)
    [claimed] = claims.claim(1, ["webhook"])

    def fail() -> None:
        claims.settle([(claimed, claimed.messages[0], Outcome(False, "The connection failed."))])
        connections.close_all()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            queue.lock(webhook.destination_id)
            settling = pool.submit(fail)
            with pytest.raises(TimeoutError):
                settling.result(0.5)
            services.delete(webhook)
        settling.result(20)
    assert not Message.objects.exists()
