"""The filtered list as an Excel file."""

from collections.abc import Iterable
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.http import FileResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from desk.exports import COLUMNS, Cell, harmless
from repairs.bulk.orders_sheet import MEDIA_TYPE

DATE_FORMAT = "dd-mm-yyyy hh:mm"


def answer(rows: Iterable[list[Cell]], name: str) -> FileResponse:
    """The file, from the cells of each order."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Orders")
    sheet.freeze_panes = "A2"
    for number, (_, width, _) in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([title for title, _, _ in COLUMNS])
    for row in rows:
        sheet.append([_as_cell(cell, sheet) for cell in row])
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 (the response closes it)
    workbook.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=MEDIA_TYPE)


def _as_cell(value: Cell, sheet: Any) -> Any:
    """A date as Excel has dates: in the server's zone, and without it."""
    if not isinstance(value, datetime):
        return harmless(value) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet, timezone.localtime(value).replace(tzinfo=None, microsecond=0))
    cell.number_format = DATE_FORMAT
    return cell
