"""Erases what the desk keeps of customers: the texts of notes, and files."""

from collections.abc import Sequence
from typing import Any

from desk import order_files
from desk.models import OrderFile, OrderNote
from tracking.privacy import ERASED


def erase(order_ids: Sequence[int], **_: Any) -> None:
    """Notes say nothing any more, and files are deleted. That there were notes, and whose, stays."""
    OrderNote.objects.filter(order__in=order_ids).update(text=ERASED)
    order_files.delete(OrderFile.objects.filter(order__in=order_ids))
