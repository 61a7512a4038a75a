"""Money: two places, rounded half up."""

from decimal import Decimal

import pytest

from estimates import drafts
from estimates.amounts import line_amount, plain, totals
from estimates.drafts import DraftError, LineText
from tests.estimates.factory import BATTERY


def test_a_line_is_rounded_half_up() -> None:
    assert line_amount(Decimal("0.5"), Decimal("0.01")) == Decimal("0.01")
    assert line_amount(Decimal("0.333"), Decimal("10")) == Decimal("3.33")


def test_the_tax_is_rounded_half_up() -> None:
    assert totals([Decimal("0.25")], Decimal(18)) == (Decimal("0.25"), Decimal("0.05"), Decimal("0.30"))


def test_the_largest_estimate_is_exact() -> None:
    lines = [LineText("part", "Gold", "9999999.999", "9999999.99")] * 50
    assert drafts.read(lines, "100").totals().paise == 2 * 50 * 9999999989000000


@pytest.mark.parametrize(("quantity", "shown"), [("1.000", "1"), ("0.500", "0.5"), ("100", "100")])
def test_a_quantity_has_no_trailing_zeros(quantity: str, shown: str) -> None:
    assert plain(Decimal(quantity)) == shown


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "Part"}, "kind"),
        ({"description": " "}, "description"),
        ({"description": "x" * 201}, "description"),
        ({"description": "a\0b"}, "description"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.2345"}, "quantity"),
        ({"quantity": "10000000"}, "quantity"),
        ({"quantity": "1e3"}, "quantity"),
        ({"unit_price": "-1"}, "unit_price"),
        ({"unit_price": "1.005"}, "unit_price"),
        ({"unit_price": "NaN"}, "unit_price"),
        ({"unit_price": ""}, "unit_price"),
    ],
)
def test_a_bad_line_is_named(change: dict[str, str], where: str) -> None:
    with pytest.raises(DraftError) as refusal:
        drafts.read([BATTERY, BATTERY._replace(**change)])
    assert list(refusal.value.errors) == [(2, where)]


@pytest.mark.parametrize(
    ("texts", "where"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [BATTERY] * 51}, "lines"),
        ({"lines": [BATTERY], "tax": "100.01"}, "tax"),
        ({"lines": [BATTERY], "note": "x" * 1001}, "note"),
    ],
)
def test_a_bad_estimate_is_named(texts: dict[str, object], where: str) -> None:
    with pytest.raises(DraftError) as refusal:
        drafts.read(**texts)  # type: ignore[arg-type]
    assert list(refusal.value.errors) == [where]


def test_a_price_of_zero_and_no_tax_are_valid() -> None:
    assert drafts.read([BATTERY._replace(unit_price="0")], "0").totals().total == Decimal("0.00")
