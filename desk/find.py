"""The desk's one search, over all orders whatever list is open."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from desk import order_queries
from desk.base import counted, page
from desk.standing import standing_of
from repairs import search
from repairs.models import RepairOrder

MAX_SHOWN = 100
MAX_LENGTH = 120_000


def find(request: HttpRequest) -> HttpResponse:
    """The orders that `q` describes, newest first; the only one opens at once. Long lists come by POST."""
    text = (request.POST.get("q") or request.GET.get("q") or "")[:MAX_LENGTH].strip()
    found = order_queries.find(text)
    if len(found.ids) == 1 and not found.unknown:
        return redirect("admin:repairs_repairorder_change", found.ids[0])
    # Their names alone are read of all, and sorted: whole rows only of those that are shown.
    names = dict(RepairOrder.objects.filter(pk__in=found.ids).values_list("pk", "request_id"))
    shown = RepairOrder.objects.filter(pk__in=list(names)[:MAX_SHOWN])
    joined = shown.select_related(*order_queries.JOINED)
    context = {
        "q": text,
        "found": found,
        "count": len(found.ids),
        "rows": [(order, standing_of(order)) for order in joined],
        "max_shown": MAX_SHOWN,
        "references": "\n".join(names.values()) if found.is_list else "",
    }
    return page(request, "desk/find.html", _title(text, found), RepairOrder, **context)


def _title(text: str, found: search.Found) -> str:
    if not text:
        return "Find orders"
    return f"{'Over ' if found.has_more else ''}{counted(len(found.ids), 'order')} found"
