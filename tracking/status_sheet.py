"""A workbook of statuses, from a service centre or another system: read, validated, applied.

Columns by exact header in row 1, any order: `Reference` (the request ID, or a reference that only
one partner uses), `Status`, `Date`, and where wanted `Workflow` and `Note`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from partners.models import User
from repairs.bulk.cells import BadCell, Cell, text_in
from repairs.bulk.package import NotXlsxError
from repairs.bulk.xlsx import first_sheet
from repairs.fields import may_be_reference
from repairs.models import RepairOrder
from tracking import services
from tracking.models import MAX_NOTE_LENGTH, TrackingEvent, Workflow
from tracking.services import Change
from tracking.times import in_utc, read_iso
from tracking.transitions import CREATED
from warrantify.text import BadTextError, read_text

MAX_ROWS = 5000
REQUIRED = ("Reference", "Status", "Date")
COLUMNS = (*REQUIRED, "Workflow", "Note")

LOOK_UP_AT_ONCE = 500
WIRE_FORMATS = ("%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y")

Cells = Mapping[str, Cell]


class SheetError(Exception):
    """The workbook as a whole cannot be used; the message is a sentence for the clerk."""


class RowError(Exception):
    """A row says something that nothing could be done with; the message is for the clerk."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the sheet, what it says, and its refusal or, once applied, its event."""

    row: int
    reference: str
    status: str
    date: str = ""
    change: Change | None = None
    refusal: str | None = None
    event: TrackingEvent | None = None


def read(content: bytes) -> list[Line]:
    """The rows of an .xlsx file, each with its change or the reason why it asks for none.

    Raises SheetError: not readable, a column missing, no row or over `MAX_ROWS`.
    """
    try:
        rows = list(_rows(content))
    except NotXlsxError:
        raise SheetError("Only valid .xlsx files are supported.") from None
    if not rows:
        raise SheetError("The sheet holds no status.")
    orders = _orders({_text(cells, "Reference") for _, cells in rows})
    workflows = {name: flow for flow in Workflow.objects.all() for name in (flow.code, flow.name)}
    return [_line(number, cells, orders, workflows) for number, cells in rows]


def validate(lines: Sequence[Line], *, by: User | None = None) -> list[Line]:
    """What `run` would answer now; nothing is kept."""
    return run(lines, by=by, dry_run=True)


def run(lines: Sequence[Line], *, by: User | None = None, dry_run: bool = False) -> list[Line]:
    """Applies each row on its own, in the sheet's order for each order; refusals keep nothing."""
    changes = [line.change for line in lines if line.change]
    outcomes = iter(services.record_many(changes, by=by, source=TrackingEvent.Source.SHEET, dry_run=dry_run))
    return [_applied(line, next(outcomes)) if line.change else line for line in lines]


def _applied(line: Line, outcome: services.Outcome) -> Line:
    return replace(line, refusal=outcome.refusal, event=outcome.event)


def _rows(content: bytes) -> Iterator[tuple[int, Cells]]:
    rows = first_sheet(content).rows
    number, header = next(rows, (1, {}))
    named = {cell.strip(): column for column, cell in header.items() if isinstance(cell, str)}
    if missing := [name for name in REQUIRED if number != 1 or name not in named]:
        raise SheetError(f"Columns are missing in row 1: {', '.join(missing)}.")
    found = 0
    for number, by_column in rows:
        cells = {name: _bounded(by_column.get(named[name], "")) for name in COLUMNS if name in named}
        if any(not isinstance(cell, str) or cell.strip() for cell in cells.values()):
            found += 1
            if found > MAX_ROWS:
                raise SheetError(f"A sheet may hold up to {MAX_ROWS:,} statuses.")
            yield number, cells


def _bounded(cell: Cell) -> Cell:
    """One character more than the longest note: what is longer is refused, and answered no longer."""
    text = text_in(cell)
    if len(text) <= MAX_NOTE_LENGTH:
        return cell
    cut = text.strip()[: MAX_NOTE_LENGTH + 1]
    return cut if isinstance(cell, str) else replace(cell, text=cut)


def _line(
    number: int,
    cells: Cells,
    orders: Mapping[str, Sequence[RepairOrder]],
    workflows: Mapping[str, Workflow],
) -> Line:
    line = Line(number, _text(cells, "Reference"), _text(cells, "Status"), _text(cells, "Date"))
    try:
        change = Change(
            order=_order(_strict(cells, "Reference"), orders),
            code=_strict(cells, "Status"),
            at=_date(cells, line.status),
            workflow=_workflow(cells, workflows),
            note=_strict(cells, "Note"),
        )
    except RowError as error:
        return replace(line, refusal=str(error))
    return replace(line, change=change)


def _text(cells: Cells, name: str) -> str:
    """The cell as shown to people, whatever it holds."""
    cell = cells.get(name, "")
    return cell.text if isinstance(cell, BadCell) else cell.strip()


def _strict(cells: Cells, name: str) -> str:
    try:
        return read_text(cells.get(name, ""), one_line=True)
    except BadTextError as error:
        raise RowError(f"{name}: {error}") from None


def _order(reference: str, orders: Mapping[str, Sequence[RepairOrder]]) -> RepairOrder:
    if not reference:
        raise RowError("Reference is empty.")
    found = orders.get(reference, ())
    for order in found:
        if order.request_id == reference:
            return order
    if not found:
        raise RowError("No order has this reference.")
    if len(found) > 1:
        raise RowError("Several partners use this reference: give the request ID.")
    return found[0]


def _workflow(cells: Cells, workflows: Mapping[str, Workflow]) -> Workflow | None:
    name = _strict(cells, "Workflow")
    if not name:
        return None
    if name not in workflows:
        raise RowError(f'"{name}" is no workflow. Use one of: {", ".join(workflows)}.')
    return workflows[name]


def _date(cells: Cells, status: str) -> datetime | None:
    cell = cells["Date"]
    is_date = isinstance(cell, BadCell) and cell.kind == "date"
    text = _text(cells, "Date") if is_date else _strict(cells, "Date")
    if not text and status == CREATED:  # which has the order's own time
        return None
    if not text:
        raise RowError("Date is empty.")
    with suppress(ValueError):
        return read_iso(text)
    for pattern in WIRE_FORMATS:
        with suppress(ValueError):
            return in_utc(datetime.strptime(text, pattern))  # noqa: DTZ007 (in_utc takes it for server time)
    raise RowError(f'"{text}" is no date. Use an Excel date, or a text like 23-11-2026 14:05:09.')


def _orders(references: Iterable[str]) -> dict[str, list[RepairOrder]]:
    """The orders by what they are asked for, each once; no customer's data is read."""
    wanted = sorted(reference for reference in references if may_be_reference(reference))
    found: dict[str, dict[int, RepairOrder]] = defaultdict(dict)
    needed = RepairOrder.objects.only(
        "request_id", "repair_ref_no", "partner", "engagement_type", "created_at", "started_at"
    ).order_by("pk")
    for first in range(0, len(wanted), LOOK_UP_AT_ONCE):
        some = wanted[first : first + LOOK_UP_AT_ONCE]
        for order in needed.filter(Q(request_id__in=some) | Q(repair_ref_no__in=some)):
            for name in (order.request_id, order.repair_ref_no):
                found[name].setdefault(order.pk, order)
    return {name: list(orders.values()) for name, orders in found.items()}
