"""Fixtures of the estimate tests."""

import pytest
from rest_framework.test import APIClient

from partners.models import User
from partners.services import NewPartner, create_partner


@pytest.fixture
def clerk(db: None) -> User:
    return User.objects.create_user("clerk", is_staff=True)


@pytest.fixture
def key_api(acme: NewPartner) -> APIClient:
    """Acme's client, its API key set."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=acme.api_key)
    return client


@pytest.fixture
def sandbox(db: None) -> NewPartner:
    return create_partner("Trial", "trial@example.com", "trial", sandbox=True)
