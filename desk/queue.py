"""The list that a clerk works through: back to that very list, and on to its next order.

Links in the orders list carry the list's own parameters as `list`; an order's page and its forms hand
them on.
"""

from copy import copy
from typing import NamedTuple

from django.contrib import admin
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from repairs.models import RepairOrder

PARAMETER = "list"
MAX_LENGTH = 2000
# An order further down than this is taken for one that left the list.
MAX_ORDERS = 1000


class Queue(NamedTuple):
    """The list that a page was opened from: its parameters, as a query string."""

    query: str

    @property
    def url(self) -> str:
        return f"{reverse('admin:repairs_repairorder_changelist')}?{self.query}"


def order_url(pk: int, queue: Queue | None = None, **more: int) -> str:
    """An order's page, which knows the list that it is opened from."""
    query = {PARAMETER: queue.query} if queue else {}
    return reverse("admin:repairs_repairorder_change", args=[pk], query={**query, **more})


def queue_of(request: HttpRequest) -> Queue | None:
    """The list that the page or form came from; None where it was opened by itself."""
    data = request.POST if request.method == "POST" else request.GET
    query = data.get(PARAMETER)
    return None if query is None else Queue(QueryDict(query[:MAX_LENGTH]).urlencode())


def following(request: HttpRequest, queue: Queue, pk: int) -> int | None:
    """The order after `pk` in the list as it stands now; after the last, or for an order that has
    left the list, its first one. None where the list holds no other."""
    inner = copy(request)
    inner.GET = QueryDict(queue.query)
    orders = admin.site.get_model_admin(RepairOrder).get_changelist_instance(inner).queryset
    pks = list(orders.values_list("pk", flat=True)[:MAX_ORDERS])
    here = pks.index(pk) if pk in pks else -1
    others = [*pks[here + 1 :], *pks[: max(here, 0)]]
    return others[0] if others else None
