"""`manage.py import_statuses` and the sheet that it shares with the admin."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from partners.services import NewPartner
from repairs.models import RepairOrder
from tests.support.tracked_orders import make_order, visible, workflow
from tests.support.workbooks import workbook as workbook_bytes
from tracking import status_sheet
from tracking.models import OrderTracking, TrackingEvent

pytestmark = pytest.mark.django_db

NINE = datetime(2026, 1, 2, 9)  # noqa: DTZ001 (cells have no zone)
CREATED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)  # 08:34:05 in India


@pytest.fixture
def order(acme: NewPartner) -> RepairOrder:
    return make_order(acme.partner, created_at=CREATED_AT)


def sheet(*rows: Mapping[str, Any], columns: tuple[str, ...] = status_sheet.COLUMNS) -> bytes:
    return workbook_bytes(*rows, columns=columns)


def row(reference: str, status: str, **cells: Any) -> dict[str, Any]:
    return {"Reference": reference, "Status": status, "Date": NINE, **cells}


def run(content: bytes) -> list[status_sheet.Line]:
    return status_sheet.run(status_sheet.read(content))


def command(path: Path, content: bytes, **options: Any) -> str:
    (path / "statuses.xlsx").write_bytes(content)
    out = StringIO()
    call_command("import_statuses", path / "statuses.xlsx", stdout=out, **options)
    return out.getvalue()


def test_rows_are_recorded_in_their_order(order: RepairOrder, tmp_path: Path) -> None:
    rows = [row("REP10001", "created"), row(order.request_id, "assigned"), row("REP10001", "delivered")]
    assert command(tmp_path, sheet(*rows)) == "3 statuses recorded, 0 refused.\n"
    assert visible(OrderTracking.objects.get()) == ["created", "assigned", "delivered"]
    assert {event.source for event in TrackingEvent.objects.all()} == {"sheet"}


def test_refused_rows_are_reported_and_the_others_kept(order: RepairOrder, tmp_path: Path) -> None:
    rows = [row("REP10001", "assigned"), row("NOBODY", "assigned"), row("REP10001", "verified")]
    (tmp_path / "statuses.xlsx").write_bytes(sheet(*rows))
    out = StringIO()
    with pytest.raises(CommandError, match=r"Some rows were refused\."):
        call_command("import_statuses", tmp_path / "statuses.xlsx", stdout=out)
    first, second, summary = out.getvalue().splitlines()
    assert first == "Row 3, NOBODY, assigned: No order has this reference."
    assert second.startswith('Row 4, REP10001, verified: "verified" is no status of the Technician Flow.')
    assert summary == "1 statuses recorded, 2 refused."
    assert visible(OrderTracking.objects.get()) == ["created", "assigned"]


def test_a_dry_run_judges_each_row_after_the_ones_above_it(order: RepairOrder, tmp_path: Path) -> None:
    rows = [row("REP10001", "pickup done"), row("REP10001", "approved")]
    printed = command(tmp_path, sheet(*rows), dry_run=True)
    assert printed == "2 statuses would be recorded, 0 refused.\n"
    assert not OrderTracking.objects.exists()


def test_workflow_and_note_are_taken_where_given(order: RepairOrder) -> None:
    cells = {"Workflow": "No Part Call Flow", "Note": "no part\nneeded"}
    [line] = run(sheet(row("REP10001", "diagnosis complete", **cells)))
    assert line.event is not None and line.event.note == "no part needed"
    assert OrderTracking.objects.get().workflow == workflow("no_part")


@pytest.mark.parametrize(
    "date",
    [
        datetime(2026, 1, 2, 9, 30, 15),  # noqa: DTZ001 (cells have no zone)
        "2026-01-02T09:30:15",
        "2026-01-02T04:00:15Z",
        " 02-01-2026 09:30:15 ",
    ],
)
def test_dates_are_server_time_as_cell_or_text(order: RepairOrder, date: Any) -> None:
    [line] = run(sheet(row("REP10001", "assigned", Date=date)))
    assert line.event is not None
    assert line.event.occurred_at == datetime(2026, 1, 2, 4, 0, 15, tzinfo=UTC)


def test_created_needs_no_date(order: RepairOrder) -> None:
    [line] = run(sheet(row("REP10001", "created", Date=None)))
    assert line.event is not None and line.event.occurred_at == CREATED_AT


@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ({"Reference": None}, "Reference is empty."),
        ({"Reference": "x" * 101}, "No order has this reference."),
        ({"Reference": "rep10001"}, "No order has this reference."),
        ({"Reference": True}, "Reference: This cell holds a logical value."),
        ({"Status": None}, '"" is no status of the Technician Flow.'),
        ({"Date": None}, "Date is empty."),
        ({"Date": "soon"}, '"soon" is no date.'),
        ({"Date": 46349.5}, '"46349.5" is no date.'),
        ({"Date": "0001-01-01"}, '"0001-01-01" is no date.'),
        ({"Date": datetime(2026, 1, 2)}, 'is before "created"'),  # noqa: DTZ001
        ({"Date": "2999-01-01"}, "is in the future"),
        ({"Workflow": "mine"}, '"mine" is no workflow. Use one of: service_center,'),
        ({"Note": "x" * 1001}, "The note may have up to 1000 characters."),
    ],
)
def test_a_refused_row_says_why(order: RepairOrder, cells: dict[str, Any], refusal: str) -> None:
    [line] = run(sheet({**row("REP10001", "assigned"), **cells}))
    assert line.row == 2 and line.event is None
    assert line.refusal is not None and refusal in line.refusal
    assert not OrderTracking.objects.exists()


def test_a_reference_of_two_partners_needs_the_request_id(order: RepairOrder, rival: NewPartner) -> None:
    theirs = make_order(rival.partner, created_at=CREATED_AT)
    first, second = run(sheet(row("REP10001", "assigned"), row(theirs.request_id, "assigned")))
    assert first.refusal == "Several partners use this reference: give the request ID."
    assert second.event is not None and OrderTracking.objects.get().order == theirs


def test_empty_rows_and_other_columns_do_not_matter(order: RepairOrder) -> None:
    columns = ("Other", "Note", "Date", "Status", "Reference")
    rows: list[dict[str, Any]] = [{}, {"Other": 7}, {**row("REP10001", "assigned"), "Other": 7}]
    [line] = run(sheet(*rows, columns=columns))
    assert line.row == 4 and line.event is not None


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (lambda: b"no workbook", "Only valid .xlsx files"),
        (
            lambda: sheet(row("A", "b"), columns=("Reference", "status", "Date")),
            "missing in row 1: Status.",
        ),
        (sheet, "holds no status"),
        (lambda: sheet(*[row("A", "assigned")] * 5001), "up to 5,000 statuses"),
    ],
)
def test_an_unusable_sheet_is_refused_as_a_whole(content: Callable[[], bytes], refusal: str) -> None:
    unusable = content()
    with pytest.raises(status_sheet.SheetError, match=refusal):
        status_sheet.read(unusable)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_statuses", tmp_path / "none.xlsx")


def test_five_thousand_rows_are_one_sheet(order: RepairOrder) -> None:
    lines = status_sheet.read(sheet(*[row("REP10001", "assigned")] * 5000))
    assert (len(lines), lines[-1].row, lines[-1].refusal) == (5000, 5001, None)


def test_rows_of_several_orders_may_be_mixed(acme: NewPartner) -> None:
    names = [f"R{number}" for number in range(5)]
    for name in names:
        make_order(acme.partner, name, created_at=CREATED_AT)
    rows = [row(name, code) for code in ("assigned", "accepted", "assigned") for name in reversed(names)]
    lines = run(sheet(*rows))
    assert [line.reference for line in lines] == [cells["Reference"] for cells in rows]
    assert {line.refusal for line in lines} == {None}
    assert {tracking.version for tracking in OrderTracking.objects.all()} == {3}


def test_an_order_may_stand_in_both_its_names_however_far_apart(
    order: RepairOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_sheet, "LOOK_UP_AT_ONCE", 1)
    lines = run(sheet(row(order.request_id, "created"), row("REP10001", "assigned")))
    assert [line.refusal for line in lines] == [None, None]


def test_a_sheet_costs_few_queries_however_many_orders_it_moves(
    acme: NewPartner, django_assert_max_num_queries: Any
) -> None:
    names = [f"R{number}" for number in range(240)]
    for name in names:
        make_order(acme.partner, name, created_at=CREATED_AT)
    rows = [row(name, code) for name in names for code in ("assigned", "accepted")]
    lines = status_sheet.read(sheet(*rows))
    with django_assert_max_num_queries(40):
        applied = status_sheet.run(lines)
    assert {line.refusal for line in applied} == {None}


def test_long_cells_are_answered_in_part(order: RepairOrder) -> None:
    [line] = run(sheet(row("R" * 9000, "assigned")))
    assert (len(line.reference), line.refusal) == (1001, "No order has this reference.")
