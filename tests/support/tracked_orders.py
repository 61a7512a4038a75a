"""Orders and their tracking, made by the services that production uses."""

from datetime import datetime, timedelta

from django.utils import timezone

from partners.models import Partner
from repairs.fields import API_FIELDS
from repairs.models import RepairOrder
from tests.support.orders import ORDER
from tracking import services
from tracking.models import OrderTracking, TrackingEvent, Workflow
from tracking.queries import timeline

ADMIN = TrackingEvent.Source.ADMIN
_made = iter(range(10**8, 10**9))


def make_order(
    partner: Partner,
    reference: str = "REP10001",
    *,
    engagement: str = "Home",
    request_id: str = "",
    created_at: datetime | None = None,
) -> RepairOrder:
    """An order of five hours ago, unless `created_at` says otherwise."""
    values = {field.attribute: ORDER[field.name] for field in API_FIELDS}
    return RepairOrder.objects.create(
        **{**values, "repair_ref_no": reference, "engagement_type": engagement},
        partner=partner,
        request_id=request_id or f"REPAIR{next(_made)}",
        created_at=created_at or timezone.now() - timedelta(hours=5),
    )


def make_tracked(partner: Partner, *codes: str, reference: str = "REP10001") -> OrderTracking:
    """A started order in the Technician Flow, with `codes` recorded after `created`."""
    order = make_order(partner, reference)
    services.start(order, workflow("technician"), source=ADMIN)
    for code in codes:
        services.record(order, code, source=ADMIN)
    return OrderTracking.objects.get(pk=order.pk)


def workflow(code: str) -> Workflow:
    return Workflow.objects.get(code=code)


def visible(tracking: OrderTracking) -> list[str]:
    """The statuses that the API shows."""
    return [entry.status for entry in timeline(tracking)]
