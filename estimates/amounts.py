"""Money: decimals with two places, rounded half up for each line and for the tax."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

CENT = Decimal("0.01")


class Totals(NamedTuple):
    """The sums of an estimate."""

    subtotal: Decimal
    tax: Decimal
    total: Decimal

    @property
    def paise(self) -> int:
        """The total in hundredths."""
        return int(self.total * 100)


def rounded(amount: Decimal) -> Decimal:
    """Returns `amount` with two places, rounded half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Returns the amount of one line."""
    return rounded(quantity * unit_price)


def totals(amounts: Iterable[Decimal], tax_percent: Decimal) -> Totals:
    """Returns the sums of these amounts at this tax."""
    subtotal = sum(amounts, Decimal("0.00"))
    tax = rounded(subtotal * tax_percent / 100)
    return Totals(subtotal, tax, subtotal + tax)


def plain(number: Decimal) -> str:
    """Returns a quantity without trailing zeros: `1`, `0.5`."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped(amount: str) -> str:
    """Returns `1234567.00` as people in India write it: `12,34,567.00`."""
    whole, dot, rest = amount.partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)]
    return ",".join([*reversed(pairs), tail]) + dot + rest
