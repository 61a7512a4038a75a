"""Validates one order's values by the table of fields. Pure: no database, no request."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from repairs.fields import (
    API_FIELDS,
    INVALID,
    MESSAGE_ORDER,
    MISSING,
    MISSING_PART,
    SHEET_FIELDS,
    UPLOAD_FIELDS,
    Need,
    OrderField,
)
from warrantify.text import REQUIRED, BadTextError, read_text

OrderValues = dict[str, str]


class ValidationResult(NamedTuple):
    """`values` by attribute of RepairOrder; `errors` by wire name, empty for a good order.

    `message` is the first breach in the order of the contract's table, `""` for a good order.
    """

    values: OrderValues
    errors: dict[str, list[str]]
    message: str


_API_REQUIRED = [field.api is Need.REQUIRED for field in API_FIELDS]
_SHEET_REQUIRED = [field.sheet is Need.REQUIRED for field in SHEET_FIELDS]


def validate_api_order(data: Mapping[str, object]) -> ValidationResult:
    """Validates a JSON body of single-order."""
    return _validate(data, API_FIELDS, _API_REQUIRED)


def validate_sheet_row(cells: Mapping[str, object]) -> ValidationResult:
    """Validates a workbook's row; its cells by column name, `BadCell` where one cannot be text."""
    return _validate(cells, SHEET_FIELDS, _SHEET_REQUIRED)


def validate_upload_form(parts: Mapping[str, object]) -> ValidationResult:
    """Validates the text parts of the bulk form; `message` is that of the first part to blame."""
    result = _validate(parts, UPLOAD_FIELDS, [True] * len(UPLOAD_FIELDS))
    field = next((field for field in UPLOAD_FIELDS if field.name in result.errors), None)
    if field is None:
        return result
    if result.errors[field.name] == [REQUIRED]:
        return result._replace(message=MISSING_PART[field.name])
    return result._replace(message=field.rule.message if field.rule else INVALID)


def _validate(
    data: Mapping[str, object], fields: Sequence[OrderField], required: Sequence[bool]
) -> ValidationResult:
    values: OrderValues = {}
    errors: dict[str, list[str]] = {}
    breaches: set[str] = set()
    for field, is_required in zip(fields, required, strict=True):
        rule_message = field.rule.message if field.rule else INVALID
        try:
            text = read_text(data.get(field.name), one_line=field.one_line)
        except BadTextError as error:
            errors[field.name] = [str(error)]
            breaches.add(rule_message)
            continue
        values[field.attribute] = text
        if not text:
            if is_required:
                errors[field.name] = [REQUIRED]
                breaches.add(MISSING)
        elif reasons := _reasons(field, text):
            errors[field.name] = reasons
            breaches.add(rule_message)
    message = next((m for m in MESSAGE_ORDER if m in breaches), "")
    return ValidationResult(values, errors, message)


def _reasons(field: OrderField, text: str) -> list[str]:
    reasons = []
    if field.rule and not field.rule.holds(text):
        reasons.append(field.rule.reason)
    if len(text) > field.max_length:
        reasons.append(f"Ensure this field has no more than {field.max_length} characters.")
    return reasons
