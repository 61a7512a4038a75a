"""One status for many orders: ticked in the list or pasted as references, as people write them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from desk import order_queries, reports
from desk.base import clerk, counted, is_plausible, key_of, page, posted
from desk.forms import BatchForm, ReferencesForm
from desk.order_actions import ADMIN
from desk.standing import allowed_steps, standing_of, tracking_of
from desk.submissions import submit
from repairs import search
from repairs.models import RepairOrder
from tracking import queries, services, versions
from tracking.services import Outcome
from tracking.status_sheet import Line

MAX_ORDERS = 1000
# What an answer to "which order is meant?" holds for "none of these".
NONE = "none"


@dataclass(slots=True)
class Named:
    """What a pasted list names: orders, references that several orders have, and what no order has."""

    orders: list[RepairOrder] = field(default_factory=list)
    ambiguous: dict[str, list[RepairOrder]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def paste(request: HttpRequest) -> HttpResponse:
    """Asks for a list of references, then shows the orders that they name."""
    form = ReferencesForm(posted(request))
    if form.is_valid():
        pasted = search.entries(form.cleaned_data["references"])
        if len(pasted) > MAX_ORDERS:
            form.add_error("references", f"{len(pasted)} references; up to {MAX_ORDERS} at once.")
        else:
            return _choose(request, _find(pasted))
    return page(request, "desk/paste.html", "Record a status for many orders", RepairOrder, form=form)


def choose(request: HttpRequest, orders: Iterable[RepairOrder]) -> HttpResponse:
    """Shows the form for the orders ticked in the list."""
    return _choose(request, Named(_joined([order.pk for order in orders])))


def record(request: HttpRequest) -> HttpResponse:
    """Records the status for each order on its own and redirects to the report."""
    form = BatchForm(request.POST)
    asked = _find(filter(is_plausible, request.POST.getlist("asked")[:MAX_ORDERS]))
    answers = {name: request.POST.get(f"which-{name}", "") for name in asked.ambiguous}
    certain = _picked(request.POST.get("orders", "").split(","))
    picked = certain | _picked(answers.values())
    if open_questions := [name for name, answer in answers.items() if not answer]:
        form.add_error(None, f"Choose which order is meant by: {', '.join(open_questions)}.")

    def write() -> None:
        reports.keep(request, "", _record(picked, form.cleaned_data, request))

    if form.is_valid() and (response := submit(request, form, write, partial(reports.url, request))):
        return response
    return _choose(request, Named(_joined(certain), asked.ambiguous), form, answers)


def _find(pasted: Iterable[str]) -> Named:
    """The orders of these entries. An entry with spaces is one reference, or several beside each other."""
    pasted = list(pasted)
    known: dict[str, list[RepairOrder]] = defaultdict(list)
    for order in order_queries.listed(pasted).order_by("partner__name", "pk"):
        for name in {search.key(order.request_id), search.key(order.repair_ref_no)}:
            known[name].append(order)
    named = Named()
    for entry in pasted:
        words = [entry] if search.key(entry) in known else entry.split()
        if not any(search.key(word) in known for word in words):
            named.unknown.append(entry)
            continue
        for word in words:
            orders = _best(word, known.get(search.key(word), []))
            if len(orders) > 1:
                named.ambiguous[word] = orders
            elif orders:
                named.orders.append(orders[0])
            else:
                named.unknown.append(word)
    named.orders = list({order.pk: order for order in named.orders}.values())
    return named


def _best(word: str, orders: list[RepairOrder]) -> list[RepairOrder]:
    """The order with this request ID, else those with exactly this reference, else all."""
    by_id = [order for order in orders if order.request_id == word.upper()]
    return by_id or [order for order in orders if order.repair_ref_no == word] or orders


def _record(picked: dict[int, int], values: dict[str, Any], request: HttpRequest) -> list[Line]:
    changes = [
        services.Change(order, values["status"], values["at"], note=values["note"])
        for order in _joined(picked)
    ]
    stale = versions.lock(picked)
    fresh = [change for change in changes if change.order.pk not in stale]
    refused = [Outcome(change, refusal=stale[change.order.pk]) for change in changes if change not in fresh]
    outcomes = refused + services.record_many(fresh, by=clerk(request), source=ADMIN)
    return [
        Line(
            row=0,
            reference=done.order.repair_ref_no,
            status=done.change.code,
            change=done.change,
            refusal=done.refusal,
            event=done.event,
        )
        for done in outcomes
    ]


def _choices(orders: Sequence[RepairOrder]) -> list[tuple[str, str]]:
    """The statuses that may follow for any of `orders`, in the order of the workflows, and for how many."""
    steps = queries.all_steps()
    counts = Counter(step.code for order in orders for step in allowed_steps(order, steps))
    order_of_steps = dict.fromkeys(step.code for step in steps)
    return [
        (code, code if counts[code] == len(orders) else f"{code} ({counts[code]} of {len(orders)})")
        for code in order_of_steps
        if counts[code]
    ]


def _joined(pks: Iterable[int]) -> list[RepairOrder]:
    orders = order_queries.orders().filter(pk__in=list(pks)[:MAX_ORDERS])
    return list(orders.select_related(*order_queries.JOINED))


def _pick(order: RepairOrder) -> str:
    """An order at the version that the page shows, as a form's value."""
    return f"{order.pk}:{versions.version_of(tracking_of(order))}"


def _picked(values: Iterable[str]) -> dict[int, int]:
    """The versions by order that such values name; malformed values are ignored."""
    pairs = (value.partition(":") for value in values)
    return {key_of(pk): key_of(version) for pk, _, version in pairs if key_of(pk)}


def _choose(
    request: HttpRequest,
    named: Named,
    form: BatchForm | None = None,
    answers: Mapping[str, str] | None = None,
) -> HttpResponse:
    trackings = {order.pk: tracking_of(order) for order in named.orders}
    closed = {pk for pk, tracking in trackings.items() if tracking and tracking.is_closed}
    rows = [(order, standing_of(order)) for order in named.orders if order.pk not in closed]
    keys = ",".join(_pick(order) for order, _ in rows)
    if form is None:
        form = BatchForm(initial={"orders": keys})
    else:
        form.resend("orders", keys)
    candidates = [order for orders in named.ambiguous.values() for order in orders]
    form.offer(_choices([*(order for order, _ in rows), *candidates]))
    context: dict[str, Any] = {
        "form": form,
        "rows": rows,
        "closed": [(order, standing_of(order)) for order in named.orders if order.pk in closed],
        "questions": [
            (name, [(_pick(order), order, standing_of(order)) for order in orders], (answers or {}).get(name))
            for name, orders in named.ambiguous.items()
        ],
        "none": NONE,
        "unknown": named.unknown,
        "action": reverse("admin:repairs_repairorder_batch_record"),
    }
    context["count"] = count = len(rows) + len(named.ambiguous)
    title = f"Record a status for {counted(count, 'order')}"
    return page(request, "desk/batch.html", title, RepairOrder, **context)
