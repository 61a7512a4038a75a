"""What the desk's pages ask of the database."""

from typing import Any

import pytest
from django.urls import reverse

from desk.models import Assignment, OrderNote
from partners.services import NewPartner
from tests.estimates.factory import make_estimate
from tests.support.staff import at_desk, staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("group", "most"), [(None, 15), ("Operations", 17)])  # two for a group's rights
def test_an_orders_page_costs_few_queries(
    acme: NewPartner, django_assert_max_num_queries: Any, group: str | None, most: int
) -> None:
    desk, technician, order = at_desk(group), staff("Auditors"), make_estimate(acme.partner).order
    Assignment.objects.create(order=order, assignee=technician, assigned_by=technician)
    OrderNote.objects.create(order=order, text="Ring twice", written_by=technician)
    page = reverse("admin:repairs_repairorder_change", args=[order.pk])
    with django_assert_max_num_queries(most):
        desk.get(page)
