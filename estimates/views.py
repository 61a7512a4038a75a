"""The endpoint by which partners read and decide estimates (docs/contract.md section 9)."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from estimates import sandbox, services
from estimates.decisions import Decision
from estimates.forms import DecisionSerializer
from estimates.models import Estimate
from estimates.representations import NO_ESTIMATE, data
from partners.authentication import ApiKeyAuthentication, Caller
from partners.endpoints import PartnerView, caller_of, success
from repairs.models import RepairOrder
from tracking import queries
from tracking.representations import CACHE_CONTROL, REFERENCE_REQUIRED
from warrantify.http.errors import DomainError
from warrantify.http.parsers import json_body
from warrantify.http.responses import json_answer

MESSAGES = {True: "Estimate approved", False: "Estimate declined"}


class EstimateView(PartnerView):
    """GET an order's current estimate; POST the decision on one."""

    authentication_classes = [ApiKeyAuthentication]
    limit = "tracking"

    def get(self, request: Request) -> HttpResponse:
        """200 with the estimate or null; 400 without a reference, 404."""
        caller = caller_of(request)
        reference = request.query_params.get("ReferenceID", "").strip()
        if not reference:
            raise DomainError(REFERENCE_REQUIRED)
        return _answer(_current(caller, reference))

    def post(self, request: Request) -> HttpResponse:
        """200 with the decided estimate, also where it was decided so before; 400, 404, 409."""
        caller = caller_of(request)
        values = DecisionSerializer.read(json_body(request))
        decision = Decision.of(values, Estimate.Door.API)
        estimate = _decide(caller, values["ReferenceID"], values["estimate_no"], decision)
        return _answer(estimate, MESSAGES[decision.approves])


def _current(caller: Caller, reference: str) -> dict[str, Any] | None:
    now = timezone.now()
    if caller.is_sandbox:
        return sandbox.current(queries.tracked(caller, reference, now))
    head = queries.head(caller, reference, now)
    estimate = Estimate.current(head.order_id)
    return data(estimate) if estimate else None


def _decide(caller: Caller, reference: str, number: int, decision: Decision) -> dict[str, Any]:
    now = timezone.now()
    if caller.is_sandbox:
        return sandbox.decide(queries.tracked(caller, reference, now), number, decision)
    head = queries.head(caller, reference, now)
    return data(services.decide(RepairOrder.objects.get(pk=head.order_id), number, decision))


def _answer(estimate: dict[str, Any] | None, message: str = "") -> HttpResponse:
    body = success(message or ("" if estimate else NO_ESTIMATE), DATA=estimate)
    return json_answer(body, headers={"Cache-Control": CACHE_CONTROL})
