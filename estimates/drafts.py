"""Validates an estimate before it is raised: texts from a form or a shell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from estimates.amounts import Totals, line_amount, totals
from estimates.models import (
    LIMIT,
    MAX_DESCRIPTION_LENGTH,
    MAX_LINES,
    MAX_NOTE_LENGTH,
    MAX_TAX_PERCENT,
    EstimateLine,
)
from warrantify.text import REQUIRED, BadTextError, read_text

DEFAULT_TAX = "18"
DEFAULT_DAYS = 7

_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?|\.[0-9]{1,15}")


class LineText(NamedTuple):
    """A line as it was typed."""

    kind: str = ""
    description: str = ""
    quantity: str = ""
    unit_price: str = ""


class DraftLine(NamedTuple):
    """A valid line."""

    kind: str
    description: str
    quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid estimate."""

    lines: Sequence[DraftLine]
    tax_percent: Decimal
    valid_until: date
    note: str = ""

    def totals(self) -> Totals:
        """Returns the sums."""
        amounts = (line_amount(line.quantity, line.unit_price) for line in self.lines)
        return totals(amounts, self.tax_percent)


class DraftError(Exception):
    """A draft is invalid. `errors` has sentences by field (`tax`, `valid_until`, `note`, `lines`), and by
    (number of the line, part of the line)."""

    def __init__(self, errors: Mapping[str | tuple[int, str], str]) -> None:
        super().__init__(" ".join(_sentence(where, reason) for where, reason in errors.items()))
        self.errors = errors


def _sentence(where: str | tuple[int, str], reason: str) -> str:
    name = where if isinstance(where, str) else f"line {where[0]}, {where[1]}"
    return f"{name.replace('_', ' ').capitalize()}: {reason}"


def read(
    lines: Sequence[LineText], tax: str = DEFAULT_TAX, valid_until: date | None = None, note: str = ""
) -> Draft:
    """Returns the draft that these texts describe; valid for 7 days by default. Raises DraftError."""
    reader = _Reader()
    today = timezone.localdate()
    draft = Draft(
        lines=[reader.line(number, line) for number, line in enumerate(lines, 1)],
        tax_percent=reader.number("tax", tax, 2),
        valid_until=valid_until or today + timedelta(days=DEFAULT_DAYS),
        note=reader.text("note", note, MAX_NOTE_LENGTH),
    )
    if not lines:
        reader.errors["lines"] = "Give at least one line."
    if len(lines) > MAX_LINES:
        reader.errors["lines"] = f"Give at most {MAX_LINES} lines."
    if draft.tax_percent > MAX_TAX_PERCENT:
        reader.errors.setdefault("tax", f"Give a percentage from 0 to {MAX_TAX_PERCENT}.")
    if draft.valid_until < today:
        reader.errors["valid_until"] = "Give today or a later day."
    if reader.errors:
        raise DraftError(reader.errors)
    return draft


class _Reader:
    """Reads texts and collects what is wrong with them."""

    def __init__(self) -> None:
        self.errors: dict[str | tuple[int, str], str] = {}

    def line(self, number: int, line: LineText) -> DraftLine:
        kind = line.kind.strip()
        if kind not in EstimateLine.Kind.values:
            self.errors[number, "kind"] = f"Use one of: {', '.join(EstimateLine.Kind.values)}."
        description = self.text((number, "description"), line.description, MAX_DESCRIPTION_LENGTH)
        if not description:
            self.errors.setdefault((number, "description"), REQUIRED)
        quantity = self.number((number, "quantity"), line.quantity, 3)
        if not quantity:
            self.errors.setdefault((number, "quantity"), "Give a number above 0.")
        return DraftLine(kind, description, quantity, self.number((number, "unit_price"), line.unit_price, 2))

    def text(self, where: str | tuple[int, str], value: str, limit: int) -> str:
        try:
            text = read_text(value, one_line=True)
        except BadTextError as error:
            self.errors[where] = str(error)
            return ""
        if len(text) > limit:
            self.errors[where] = f"Ensure this field has no more than {limit} characters."
        return text

    def number(self, where: str | tuple[int, str], value: str, decimals: int) -> Decimal:
        """Returns a number from 0 to below 10,000,000, with at most so many decimals."""
        text = value.strip()
        if not text:
            self.errors[where] = REQUIRED
        elif not _NUMBER.fullmatch(text):
            self.errors[where] = "Give a plain number, such as 2500 or 12.50."
        elif (number := Decimal(text)) >= LIMIT:
            self.errors[where] = f"Give a number below {LIMIT:,}."
        elif number != round(number, decimals):
            self.errors[where] = f"Give at most {decimals} decimals."
        else:
            return number
        return Decimal(0)
