"""Clicks that reach the server at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from partners.services import NewPartner
from tests.support.staff import DeskClient, staff
from tests.support.tracked_orders import make_tracked, visible

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite's test database is one connection's"
    ),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("workflows_again"),
]


def test_two_simultaneous_clicks_record_once(acme: NewPartner) -> None:
    tracking = make_tracked(acme.partner, "assigned")
    user, url = staff(None), reverse("admin:repairs_repairorder_record", args=[tracking.pk])
    form = {"once": uuid4().hex, "version": tracking.version, "status": "accepted"}

    def click(_: int) -> int:
        try:
            client = DeskClient()
            client.force_login(user)
            return int(client.post(url, form).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(click, range(4))) == [302] * 4
    assert visible(tracking) == ["created", "assigned", "accepted"]
