"""Two calls about one webhook at once, each of which has read it before the other wrote."""

from typing import Any

import pytest

from partners.services import NewPartner
from warrantify.http.errors import NotFoundError
from webhooks import services
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
