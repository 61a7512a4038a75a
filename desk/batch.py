"""One status for many orders: ticked in the list or pasted as references."""

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from desk import order_queries
from desk.base import page, posted, require
from desk.forms import BatchForm, ReferencesForm
from desk.order_page import ADMIN, RECORD, clerk
from desk.standing import standing_of, tracking_of
from repairs.models import RepairOrder
from tracking import queries, services
from tracking.models import WorkflowStep

MAX_ORDERS = 1000


def paste(request: HttpRequest) -> HttpResponse:
    """Takes a list of references, and goes on with the orders that they name."""
    require(request, RECORD)
    form = ReferencesForm(posted(request))
    if form.is_valid():
        references = order_queries.split(form.cleaned_data["references"])
        if len(references) > MAX_ORDERS:
            form.add_error("references", f"{len(references)} references; up to {MAX_ORDERS} at once.")
        else:
            orders = _joined(order_queries.referred_to(references))
            named = {name for order in orders for name in (order.request_id, order.repair_ref_no)}
            return _choose(request, orders, [name for name in references if name not in named])
    return page(request, "desk/paste.html", "Record a status for many orders", RepairOrder, form=form)


def choose(request: HttpRequest, orders: Iterable[RepairOrder]) -> HttpResponse:
    """Goes on with orders ticked in the list."""
    require(request, RECORD)
    return _choose(request, _joined(order_queries.orders().filter(pk__in=[order.pk for order in orders])))


@require_POST
def record(request: HttpRequest) -> HttpResponse:
    """Records the status for each order on its own and reports row by row."""
    require(request, RECORD)
    keys = [int(key) for key in request.POST.get("orders", "").split(",") if key.isdecimal()]
    orders = _joined(order_queries.orders().filter(pk__in=keys[:MAX_ORDERS]))
    form = BatchForm(codes_for_all(orders), request.POST)
    if not form.is_valid():
        return _choose(request, orders, form=form)
    values = form.cleaned_data
    changes = [services.Change(o, values["status"], values["at"], note=values["note"]) for o in orders]
    outcomes = services.record_many(changes, by=clerk(request), source=ADMIN)
    log_recorded(request, ((values["status"], outcome.order) for outcome in outcomes if outcome.event))
    return report(request, outcomes)


def log_recorded(request: HttpRequest, recorded: Iterable[tuple[str, RepairOrder]]) -> None:
    """Enters each (status, order) into the order's history."""
    by_code: dict[str, list[RepairOrder]] = defaultdict(list)
    for code, order in recorded:
        by_code[code].append(order)
    for code, orders in by_code.items():
        what = f'Recorded "{code}" together with other orders.'
        LogEntry.objects.log_actions(clerk(request).pk, orders, CHANGE, what)


def report(request: HttpRequest, outcomes: list[services.Outcome]) -> HttpResponse:
    """How each row fared."""
    refused = [outcome for outcome in outcomes if outcome.refusal]
    done = len(outcomes) - len(refused)
    title = f"{done} recorded, {len(refused)} refused"
    ordered = sorted(outcomes, key=lambda outcome: outcome.refusal is None)
    return page(request, "desk/report.html", title, RepairOrder, outcomes=ordered, done=done, refused=refused)


def codes_for_all(orders: Iterable[RepairOrder]) -> list[str]:
    """The statuses that every one of `orders` allows next, in the order of the workflows."""
    steps = queries.all_steps()
    common: list[str] | None = None
    for order in orders:
        allowed = _allowed(order, steps)
        common = allowed if common is None else [code for code in common if code in allowed]
    return common or []


def _allowed(order: RepairOrder, steps: list[WorkflowStep]) -> list[str]:
    tracking = tracking_of(order)
    if tracking is None:
        flow = queries.PROPOSED[order.engagement_type]
        return [step.code for step in steps if step.workflow.code == flow]
    return [step.code for step in queries.allowed_of(steps, tracking)]


def _joined(orders: QuerySet[RepairOrder]) -> list[RepairOrder]:
    return list(orders.select_related("partner", "tracking__current_step", "tracking__workflow"))


def _choose(
    request: HttpRequest,
    orders: list[RepairOrder],
    unknown: Iterable[str] = (),
    form: BatchForm | None = None,
) -> HttpResponse:
    if form is None:
        keys = ",".join(str(order.pk) for order in orders)
        form = BatchForm(codes_for_all(orders), initial={"orders": keys})
    context = {
        "form": form,
        "rows": [(order, standing_of(order)) for order in orders],
        "unknown": list(unknown),
        "action": reverse("admin:repairs_repairorder_batch_record"),
    }
    title = f"Record a status for {len(orders)} order{'' if len(orders) == 1 else 's'}"
    return page(request, "desk/batch.html", title, RepairOrder, **context)
