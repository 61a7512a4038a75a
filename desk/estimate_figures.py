"""What the dashboard says of estimates."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.urls import reverse
from django.utils import timezone

from desk import order_queries
from desk.standing import span
from estimates.amounts import grouped
from estimates.models import Estimate
from tracking.estimate_states import EstimateState, rupees


def figures(now: datetime) -> dict[str, Any]:
    """Waiting for approval: how many, how much, since when; decided this month: how many, how much."""
    today = timezone.localdate(now)
    waiting = (
        order_queries.trackings()
        .filter(estimate_state=EstimateState.AWAITING_APPROVAL, estimate_valid_until__gte=today)
        .aggregate(
            count=Count("pk"), paise=Sum("estimate_total_paise", default=0), oldest=Min("current_since")
        )
    )
    month = order_queries.midnight(now).replace(day=1)
    approved, declined = (Q(state=state) for state in (EstimateState.APPROVED, EstimateState.DECLINED))
    decided = Estimate.objects.filter(decided_at__gte=month).aggregate(
        approved=Count("pk", filter=approved),
        approved_paise=Sum("total_paise", filter=approved, default=0),
        declined=Count("pk", filter=declined),
        declined_paise=Sum("total_paise", filter=declined, default=0),
    )
    return {
        "waiting": waiting["count"],
        "waiting_total": _money(waiting["paise"]),
        "oldest": span(now - waiting["oldest"]) if waiting["oldest"] else "",
        "approved": decided["approved"],
        "approved_total": _money(decided["approved_paise"]),
        "declined": decided["declined"],
        "declined_total": _money(decided["declined_paise"]),
        "url": f"{reverse('admin:repairs_repairorder_changelist')}?estimate=awaiting_approval",
    }


def _money(paise: int) -> str:
    return grouped(rupees(int(paise)))
