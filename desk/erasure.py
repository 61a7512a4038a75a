"""Erases what the desk keeps of customers: the texts of notes, the values of corrections, and files."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from desk import order_files
from desk.models import OrderFile, OrderNote
from repairs.fields import ERASED
from repairs.models import RepairOrder

CORRECTED = "Corrected"  # begins the entry of a correction, which repeats old and new values


def erase(order_ids: Sequence[int], **_: Any) -> None:
    """Overwrites notes and corrections and deletes files. Who wrote them, and when, stays."""
    content_type = ContentType.objects.get_for_model(RepairOrder)
    entries = LogEntry.objects.filter(content_type=content_type, object_id__in=[str(pk) for pk in order_ids])
    entries.filter(change_message__startswith=CORRECTED).update(change_message=f"{CORRECTED}: {ERASED}")
    OrderNote.objects.filter(order__in=order_ids).update(text=ERASED)
    order_files.delete(OrderFile.objects.filter(order__in=order_ids))
