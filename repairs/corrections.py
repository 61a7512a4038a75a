"""Corrects what a partner sent, under the rules by which it was accepted."""

from django.db import transaction

from repairs.fields import API_FIELDS, ERASED, INVALID, SHEET_FIELDS, OrderField
from repairs.models import RepairOrder
from repairs.validators import OrderValues, validate_api_order, validate_sheet_row
from warrantify.http.errors import DomainError

# The reference is the partner's own key, the client's name its signature: neither is ours to change.
FIXED = ("repair_ref_no", "client_name")


def correctable(order: RepairOrder) -> tuple[OrderField, ...]:
    """The fields that may be corrected, by the table of the order's way in."""
    fields = API_FIELDS if order.source == RepairOrder.Source.API else SHEET_FIELDS
    return tuple(field for field in fields if field.attribute not in FIXED)


CUSTOMER_ERASED = "This order's customer was erased: nothing of them is stored again."


class ConflictError(Exception):
    """Fields that the clerk changed were changed by somebody else meanwhile: `stored` holds them."""

    def __init__(self, stored: dict[str, str]) -> None:
        super().__init__(f"changed meanwhile: {', '.join(stored)}")
        self.stored = stored


@transaction.atomic
def correct(order: RepairOrder, values: OrderValues, seen: OrderValues) -> dict[str, tuple[str, str]]:
    """Stores those of `values` that differ from what the clerk had `seen`, all by attribute.

    Returns what changed: `{attribute: (old, new)}`. What others changed meanwhile stays. Raises
    ConflictError where they changed the same field to another value, and DomainError, its `errors` by
    attribute, where a value breaks its field's rule.
    """
    stored = RepairOrder.objects.select_for_update().get(pk=order.pk)
    fields = correctable(stored)
    present = {field.attribute: getattr(stored, field.attribute) for field in fields}
    wanted = {name: values[name] for name in present if values.get(name, "") != seen.get(name, "")}
    if stored.customer_mobile == ERASED and (
        refused := [field.attribute for field in fields if field.personal and field.attribute in wanted]
    ):
        raise DomainError(INVALID, {attribute: [CUSTOMER_ERASED] for attribute in refused})
    if theirs := {
        name: present[name]
        for name, value in wanted.items()
        if present[name] not in (value, seen.get(name, ""))
    }:
        raise ConflictError(theirs)
    validate = validate_api_order if stored.source == RepairOrder.Source.API else validate_sheet_row
    sent = {name: getattr(stored, name) for name in FIXED} | present | wanted
    names = {field.name: field.attribute for field in (*fields, *API_FIELDS)}
    result = validate({name: sent.get(attribute) for name, attribute in names.items()})
    if errors := {names[name]: reasons for name, reasons in result.errors.items() if names[name] in wanted}:
        raise DomainError(result.message, errors)
    changes = {
        name: (present[name], result.values[name]) for name in wanted if present[name] != result.values[name]
    }
    for attribute, (_, new) in changes.items():
        setattr(stored, attribute, new)
    if changes:
        stored.save(update_fields=changes)
    return changes
