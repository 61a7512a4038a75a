"""Corrects what a partner sent, under the rules by which it was accepted."""

from django.db import transaction

from repairs.fields import API_FIELDS, SHEET_FIELDS, OrderField
from repairs.models import RepairOrder
from repairs.validators import OrderValues, judge_api_order, judge_sheet_row
from warrantify.http.errors import DomainError

# The reference is the partner's own key, the client's name its signature: neither is ours to change.
FIXED = ("repair_ref_no", "client_name")


def correctable(order: RepairOrder) -> tuple[OrderField, ...]:
    """The fields that may be corrected, by the table of the order's way in."""
    fields = API_FIELDS if order.source == RepairOrder.Source.API else SHEET_FIELDS
    return tuple(field for field in fields if field.attribute not in FIXED)


@transaction.atomic
def correct(order: RepairOrder, values: OrderValues) -> dict[str, tuple[str, str]]:
    """Stores `values` (by attribute); says what changed: `{attribute: (old, new)}`.

    Raises DomainError, its `errors` by attribute, where a value breaks its field's rule.
    """
    stored = RepairOrder.objects.select_for_update().get(pk=order.pk)
    fields = correctable(stored)
    judge = judge_api_order if stored.source == RepairOrder.Source.API else judge_sheet_row
    present = {name: getattr(stored, name) for name in FIXED}
    sent = {**present, **{field.attribute: values.get(field.attribute, "") for field in fields}}
    names = {field.name: field.attribute for field in (*fields, *API_FIELDS)}
    judgement = judge({name: sent.get(attribute) for name, attribute in names.items()})
    if judgement.errors:
        errors = {names[name]: reasons for name, reasons in judgement.errors.items()}
        raise DomainError(judgement.message, errors)
    changes = {
        field.attribute: (old, new)
        for field in fields
        if (old := getattr(stored, field.attribute)) != (new := judgement.values[field.attribute])
    }
    for attribute, (_, new) in changes.items():
        setattr(stored, attribute, new)
    if changes:
        stored.save(update_fields=changes)
    return changes
