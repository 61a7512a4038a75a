"""The page behind an approval link: shows an estimate that waits, and takes the decision.

It needs no log-in, cookie or script. GET decides nothing, because mail scanners follow links. It is
exempt from CSRF checks: a form on another site would have to know the token.
"""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from estimates import links, services
from estimates.amounts import grouped, plain
from estimates.decisions import Decision
from estimates.forms import LinkDecisionSerializer
from estimates.models import ApprovalLink, Estimate
from tracking import queries
from tracking.estimate_states import (
    MAX_DECISION_REASON_LENGTH,
    MAX_NAME_LENGTH,
    EstimateState,
    rupees,
    shown_state,
)
from tracking.models import OrderTracking
from warrantify.http import limits
from warrantify.http.errors import DomainError, TooManyRequestsError
from warrantify.http.network import client_ip
from warrantify.text import REQUIRED

HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}
# For people who may see such a page once in their life.
MISSING = {
    "decided_by": "Please write your name.",
    "reason": "Please write why you decline.",
    "decision": "Please choose: approve or decline.",
}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, token: str) -> HttpResponse:
    """Shows the estimate, or says why it cannot be decided here; POST decides.

    404 for an unknown token, 400 for a missing name or reason, 409 if it no longer waits, 429.
    """
    try:
        limits.take("approval", client_ip(request))
        response = _answer(request, token)
    except TooManyRequestsError as error:
        response = render(request, "429.html", {"minutes": 1}, status=HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(error.wait)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    link = links.find(token)
    if link is None:
        return render(request, "404.html", status=HTTPStatus.NOT_FOUND)
    if request.method != "POST":
        return _page(request, link)
    try:
        values = LinkDecisionSerializer.read(request.POST.dict())
    except DomainError as error:
        return _page(request, link, errors=_worded(error), status=HTTPStatus.BAD_REQUEST)
    try:
        services.decide(
            link.estimate.order, link.estimate.number, Decision.of(values, Estimate.Door(link.door))
        )
    except DomainError:
        link.estimate.refresh_from_db()
        return _page(request, link, status=HTTPStatus.CONFLICT)
    return redirect(request.path)


def _worded(error: DomainError) -> dict[str, str]:
    errors = error.errors or {}
    return {
        name: MISSING[name] if name in MISSING and reasons == [REQUIRED] else reasons[0]
        for name, reasons in errors.items()
    }


def _page(
    request: HttpRequest, link: ApprovalLink, *, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    estimate = link.estimate
    context: dict[str, Any] = {
        "estimate": estimate,
        "order": estimate.order,
        "state": shown_state(estimate.state, estimate.valid_until, timezone.localdate()).value,
        "total": grouped(rupees(estimate.total_paise)),
    }
    if context["state"] == EstimateState.AWAITING_APPROVAL:
        context |= _details(estimate) | {
            "errors": errors or {},
            "given": request.POST,
            "max_name": MAX_NAME_LENGTH,
            "max_reason": MAX_DECISION_REASON_LENGTH,
        }
    return render(request, "estimates/approval.html", context, status=status)


def _details(estimate: Estimate) -> dict[str, Any]:
    sums = estimate.totals()
    lines = estimate.lines.all()
    tracking = OrderTracking.objects.get(pk=estimate.order_id)
    return {
        "lines": [
            (line, plain(line.quantity), _rupees(line.unit_price), _rupees(line.amount)) for line in lines
        ],
        "subtotal": _rupees(sums.subtotal),
        "tax": _rupees(sums.tax),
        "tax_percent": plain(estimate.tax_percent),
        "progress": [(entry.event.occurred_at, entry.event.step) for entry in queries.timeline(tracking)],
    }


def _rupees(amount: Decimal) -> str:
    return grouped(f"{amount:.2f}")
