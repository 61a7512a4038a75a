"""`raise_estimate` and `set_approver`: from the shell what staff do at the desk."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from estimates.models import Approver, Estimate, EstimateLine
from partners.services import NewPartner
from tests.support.tracked_orders import make_order

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue().strip()


def test_the_number_is_printed(acme: NewPartner) -> None:
    order = make_order(acme.partner)
    assert run("raise_estimate", order.request_id, "--line", "part:Battery:1:2500") == "1"
    assert run("raise_estimate", order.request_id, "--line", "labour:Fitting:0.5:700") == "2"


def test_a_description_may_hold_colons(acme: NewPartner) -> None:
    order = make_order(acme.partner)
    run("raise_estimate", order.request_id, "--line", "part:Screen: 6.1 in:OLED:2:100.50", "--tax", "0")
    line = EstimateLine.objects.get()
    assert (line.description, line.amount) == ("Screen: 6.1 in:OLED", Decimal("201.00"))
    assert Estimate.objects.get().total_paise == 20100


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "at least one line"),
        (["--line", "part:Battery:1"], "KIND:DESCRIPTION:QUANTITY:UNIT_PRICE"),
        (["--line", "spare:Battery:1:1"], "Use one of: part, labour, other"),
        (["--line", "part:Battery:0:1"], "above 0"),
        (["--line", "part:Battery:1:1", "--tax", "101"], "from 0 to 100"),
        (["--line", "part:Battery:1:1", "--valid-until", "2020-01-01"], "today or a later day"),
        (["--line", "part:Battery:1:1", "--valid-until", "soon"], "2026-12-01"),
    ],
)
def test_a_refusal_is_a_clear_error_and_stores_nothing(
    acme: NewPartner, arguments: list[str], reason: str
) -> None:
    order = make_order(acme.partner)
    with pytest.raises(CommandError, match=reason):
        run("raise_estimate", order.request_id, *arguments)
    assert not Estimate.objects.exists()


def test_an_unknown_order_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="No order"):
        run("raise_estimate", "REPAIR1\udcff", "--line", "part:Battery:1:1")


def test_the_approver_is_chosen_and_changed(acme: NewPartner) -> None:
    run("set_approver", "acme", "partner", "boss@acme.example")
    assert Approver.objects.get().email == "boss@acme.example"
    run("set_approver", "Acme", "customer")
    assert (Approver.objects.get().kind, Approver.objects.get().email) == ("customer", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("Acme", "partner"),
        ("Acme", "partner", "no address"),
        ("Acme", "nobody", "a@b.example"),
        ("None", "nobody"),
    ],
)
def test_a_wrong_approver_is_refused(acme: NewPartner, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run("set_approver", *arguments)
    assert not Approver.objects.exists()
