"""A partner's workbook as order rows under known columns; no ORM (docs/contract.md section 4)."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from operator import gt
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from repairs.bulk.cells import BadCell, Cell, text_in
from repairs.bulk.package import NotXlsxError
from repairs.bulk.xlsx import Row, first_sheet
from repairs.fields import SHEET_FIELDS, TEMPLATE_FIELDS, OrderField
from warrantify.http.errors import DomainError
from warrantify.text import LINE_BREAKS

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE: Path = settings.BASE_DIR / "templates_xlsx" / "repair_template.xlsx"
RESULT_NAME = "repair_orders_result.xlsx"
MAX_ORDERS = 1000

NOT_XLSX = "Only valid .xlsx files are supported"
MISSING_COLUMNS = "Missing required columns"
TOO_MANY = f"The number of orders cannot exceed {MAX_ORDERS}"
NO_ORDERS = "The file contains no repair orders"

# What the annotated workbook adds; on the way back in they are left out.
REPORT_COLUMNS = ("Status", "Request_ID", "Errors")

TOO_MUCH_TEXT = "The cells hold too much text in all."

FIELDS = {field.name: field for field in SHEET_FIELDS}


# What is kept of a sheet, and so stored, mailed and answered, is bounded.
MIN_KEPT = 40  # characters: a mobile number in another spelling stays whole, and so can be erased
MAX_OTHER_COLUMNS = 50  # of the partner's own, which come back in the annotated workbook
MAX_OTHER_LENGTH = 500  # of their names and cells; more ends in an ellipsis
MAX_OTHER_BYTES = 1_000_000  # of all of them; past it a cell is an ellipsis
MAX_KEPT_BYTES = 5_000_000  # of the known ones: a thousand orders of nothing but longest values
ELLIPSIS = "…"

ROWS_SEARCHED = 20  # for a header that is not in row 1


class SheetRow(NamedTuple):
    """A row that holds something in a known column: its number, all its cells, the known ones by name.

    Of a known column's cell one character more than the field's maximum (or `MIN_KEPT`) is kept, of
    others `MAX_OTHER_LENGTH`.
    """

    number: int
    cells: list[Cell]
    known: Mapping[str, Cell]


class Sheet(NamedTuple):
    """The header as sent, without the report's columns, and the rows under it."""

    header: list[str]
    rows: list[SheetRow]


def read_sheet(content: bytes) -> Sheet:
    """The order rows of an .xlsx file.

    Raises DomainError (400) with the table's sentence: not readable, columns missing (`columns`
    lists them, `hints` tells what looks like them or what was read), over `MAX_ORDERS` rows, no row.
    """
    try:
        return _read(content)
    except NotXlsxError:
        raise DomainError(NOT_XLSX) from None


def _read(content: bytes) -> Sheet:
    title, rows = first_sheet(content)
    number, first = next(rows, (1, {}))
    if number != 1:
        rows, first = chain([(number, first)], rows), {}
    header = _texts(first)
    _require_columns(header, title, rows)
    columns = _Columns(header)
    found: list[SheetRow] = []
    for number, by_column in rows:
        if row := columns.row(number, by_column):
            found.append(row)
        if len(found) > MAX_ORDERS:
            raise DomainError(TOO_MANY)
        if columns.kept_bytes > MAX_KEPT_BYTES:
            raise DomainError(NOT_XLSX, {"customFile": [TOO_MUCH_TEXT]})
    if not found:
        raise DomainError(NO_ORDERS)
    return Sheet(columns.header, found)


def _texts(cells: Mapping[int, Cell]) -> dict[int, str]:
    return {column: text_in(cell) for column, cell in sorted(cells.items())}


class _Columns:
    """The columns that are kept, each with its field; of two with one name the first counts."""

    def __init__(self, header: Mapping[int, str]) -> None:
        fields = dict(FIELDS)
        named = [
            (c, name, fields.pop(name, None)) for c, name in header.items() if name not in REPORT_COLUMNS
        ]
        others = [column for column, _, field in named if not field]
        left_out = set(others[MAX_OTHER_COLUMNS:])
        kept = [each for each in named if each[0] not in left_out]
        self.header = [name[:MAX_OTHER_LENGTH] for _, name, _ in kept]
        self.kept_bytes = 0  # of known columns
        self._other_bytes = 0
        self._columns = [column for column, _, _ in kept]
        self._fields = [field for _, _, field in kept]
        self._limits = list(map(_limit, self._fields))
        self._known = [(field.name, at) for at, field in enumerate(self._fields) if field]
        self._others = [at for at, field in enumerate(self._fields) if not field]
        self._known_columns = {self._columns[at] for _, at in self._known}

    def row(self, number: int, by_column: Mapping[int, Cell]) -> SheetRow | None:
        """The row, its cells cut; None where no known column holds anything."""
        if self._known_columns.isdisjoint(by_column):
            return None
        cells = [by_column.get(column, "") for column in self._columns]
        texts: Sequence[Any] = list(map(text_in, cells)) if BadCell in map(type, cells) else cells
        if any(map(gt, map(len, texts), self._limits)):
            cells = list(map(_cut, cells, self._fields))
            texts = list(map(text_in, cells))
        known = {name: cells[at] for name, at in self._known}
        if not any(not isinstance(cell, str) or cell.strip() for cell in known.values()):
            return None
        size = len("".join(texts).encode())
        if self._others:
            others = len("".join([texts[at] for at in self._others]).encode())
            self._other_bytes += others
            size -= others
            if self._other_bytes > MAX_OTHER_BYTES:
                cells = [ELLIPSIS if at in self._others and texts[at] else c for at, c in enumerate(cells)]
        self.kept_bytes += size
        return SheetRow(number, cells, known)


def _limit(field: OrderField | None) -> int:
    """How long a cell may be without being cut; None stands for a column of the partner's own."""
    return max(field.max_length, MIN_KEPT) if field else MAX_OTHER_LENGTH


def _cut(cell: Cell, field: OrderField | None) -> Cell:
    """As much of a cell as its field's rule has to see to refuse it."""
    text = text_in(cell)
    if len(text) <= _limit(field):
        return cell
    if field is None:
        text = text[: MAX_OTHER_LENGTH - 1] + ELLIPSIS
    else:
        # What trimming and joining lines make short enough stays whole.
        text = LINE_BREAKS.sub(" ", text.strip()) if field.one_line else text.strip()
        text = text[: _limit(field) + 1]
    return text if isinstance(cell, str) else replace(cell, text=text)


def _require_columns(header: Mapping[int, str], title: str, rows: Iterable[Row]) -> None:
    present = set(header.values())
    missing = [field.name for field in TEMPLATE_FIELDS if field.name not in present]
    if not missing:
        return
    errors = {"columns": missing}
    if present.isdisjoint(FIELDS):
        errors["hints"] = [_what_was_read(header, title, rows)]
    elif hints := [hint for name in missing if (hint := _hint(name, present - FIELDS.keys()))]:
        errors["hints"] = hints
    raise DomainError(MISSING_COLUMNS, errors)


def _what_was_read(header: Mapping[int, str], title: str, rows: Iterable[Row]) -> str:
    """A sentence for a sheet whose first row holds no column name at all."""
    state = "holds none of them" if header else "is empty"
    read = f'The column names are read from row 1 of the first visible sheet, "{title}", which {state}.'
    for number, cells in islice(rows, ROWS_SEARCHED):
        if len(FIELDS.keys() & _texts(cells).values()) > len(TEMPLATE_FIELDS) // 2:
            return f"{read} Row {number} holds them: delete the rows above it."
    return read


def _hint(missing: str, others: set[str]) -> str | None:
    by_form = {_form(other): other for other in sorted(others)}
    close = difflib.get_close_matches(_form(missing), by_form, n=1, cutoff=0.75)
    return f'"{by_form[close[0]][:100]}" should read "{missing}".' if close else None


def _form(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name[:100].lower())
