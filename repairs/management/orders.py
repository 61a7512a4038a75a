"""The order that a command is about."""

from django.core.management.base import CommandError

from repairs.models import RepairOrder


def order_of(request_id: str) -> RepairOrder:
    """Returns the order of that request ID; raises CommandError."""
    # Bytes of the shell that are no UTF-8 would fail in the database driver.
    order = request_id.isprintable() and RepairOrder.objects.filter(request_id=request_id).first()
    if not order:
        raise CommandError(f"No order has the request ID {request_id!a}.")
    return order
