"""Exports of the orders list."""

import re

import pytest
from django.urls import reverse

from desk import exports
from partners.services import NewPartner
from tests.support.staff import at_desk
from tests.support.tracked_orders import make_order


def test_a_csv_of_several_pages_has_each_order_once_newest_first(
    acme: NewPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE_ROWS", 2)
    for number in range(5):
        make_order(acme.partner, f"REP{number}")
    answer = at_desk("Operations").get(reverse("admin:repairs_repairorder_export"))
    text = answer.getvalue().decode()
    assert re.findall("REP[0-9],", text) == [f"REP{number}," for number in (4, 3, 2, 1, 0)]
