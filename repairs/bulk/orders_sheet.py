"""A partner's workbook as order rows under known columns; no ORM (docs/contract.md section 4)."""

import difflib
import re
from collections.abc import Mapping
from typing import NamedTuple

from repairs.bulk.cells import Cell
from repairs.bulk.package import NotXlsxError
from repairs.bulk.xlsx import read_rows
from repairs.fields import SHEET_FIELDS, TEMPLATE_FIELDS
from warrantify.http.errors import DomainError

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ORDERS = 1000

NOT_XLSX = "Only valid .xlsx files are supported"
MISSING_COLUMNS = "Missing required columns"
TOO_MANY = f"The number of orders cannot exceed {MAX_ORDERS}"
NO_ORDERS = "The file contains no repair orders"

# What the annotated workbook adds; on the way back in they are left out.
REPORT_COLUMNS = ("Status", "Request_ID", "Errors")

KNOWN = frozenset(field.name for field in SHEET_FIELDS)


class SheetRow(NamedTuple):
    """A row that holds something in a known column: its number, all its cells, the known ones by name."""

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
    lists them, `hints` tells what looks like them), over `MAX_ORDERS` rows, no row.
    """
    try:
        return _read(content)
    except NotXlsxError:
        raise DomainError(NOT_XLSX) from None


def _read(content: bytes) -> Sheet:
    rows = read_rows(content)
    number, first = next(rows, (1, {}))
    header = _header(first if number == 1 else {})
    _require_columns(header)
    kept = {column: name for column, name in header.items() if name not in REPORT_COLUMNS}
    # Reversed: of two columns with one name the first counts.
    columns = {name: column for column, name in reversed(kept.items()) if name in KNOWN}
    found: list[SheetRow] = []
    for number, by_column in rows:
        cells = [by_column.get(column, "") for column in kept]
        known = {name: by_column.get(column, "") for name, column in columns.items()}
        if any(not isinstance(cell, str) or cell.strip() for cell in known.values()):
            found.append(SheetRow(number, cells, known))
        if len(found) > MAX_ORDERS:
            raise DomainError(TOO_MANY)
    if not found:
        raise DomainError(NO_ORDERS)
    return Sheet(list(kept.values()), found)


def _header(cells: Mapping[int, Cell]) -> dict[int, str]:
    return {column: cell if isinstance(cell, str) else cell.text for column, cell in sorted(cells.items())}


def _require_columns(header: Mapping[int, str]) -> None:
    present = set(header.values())
    missing = [field.name for field in TEMPLATE_FIELDS if field.name not in present]
    if not missing:
        return
    errors = {"columns": missing}
    if hints := [hint for name in missing if (hint := _hint(name, present - KNOWN))]:
        errors["hints"] = hints
    raise DomainError(MISSING_COLUMNS, errors)


def _hint(missing: str, others: set[str]) -> str | None:
    by_form = {_form(other): other for other in sorted(others)}
    close = difflib.get_close_matches(_form(missing), by_form, n=1, cutoff=0.75)
    return f'"{by_form[close[0]][:100]}" should read "{missing}".' if close else None


def _form(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name[:100].lower())
