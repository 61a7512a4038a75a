"""An upload's rows with their outcomes as a workbook, to correct and send again."""

import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.numbers import FORMAT_TEXT
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from repairs.bulk.orders_sheet import REPORT_COLUMNS
from repairs.models import BulkUpload

BOLD = Font(name="Calibri", bold=True)
MARKED = PatternFill("solid", fgColor="FFC7CE")
WIDTH = 18
MAX_CELL = 32_767  # Excel's own limit

# What XML cannot hold, however it got here.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def annotated(upload: BulkUpload) -> bytes:
    """The partner's own rows and columns plus Status, Request_ID and Errors, bad cells marked.

    Good cells are text, whatever they begin with; bad ones keep their kind, so that a file sent
    again as it is fails as before.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    sheet.freeze_panes = "A2"
    columns = [*upload.header, *REPORT_COLUMNS]
    for number in range(len(columns)):
        sheet.column_dimensions[get_column_letter(number + 1)].width = WIDTH
    sheet.append([_text(sheet, name, bold=True) for name in columns])
    for row in upload.described_rows():
        bad = row["errors"]
        cells = [
            _cell(sheet, value, marked=name in bad)
            for name, value in zip(upload.header, row["cells"], strict=True)
        ]
        notes = (row["label"], row["request_id"], row["reasons"])
        sheet.append([*cells, *(_text(sheet, note) for note in notes)])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(sheet: WriteOnlyWorksheet, value: str | Sequence[str], *, marked: bool) -> Cell:
    kind, text = ("text", value) if isinstance(value, str) else value
    cell = _text(sheet, text)
    if kind == "boolean":
        cell.value = text == "TRUE"
    elif kind == "error":
        cell.data_type = "e"
    elif kind == "number" and len(text) < 300:
        cell.value = float(text)  # still Text by its format: Excel does not round what is typed over it
    elif kind == "date":
        _set_date(cell, text)
    if marked:
        cell.fill = MARKED
    return cell


def _text(sheet: WriteOnlyWorksheet, text: str, *, bold: bool = False) -> Cell:
    cell = WriteOnlyCell(sheet, _NOT_XML.sub("\ufffd", text)[:MAX_CELL])
    cell.data_type = "s"  # else "=1+1" were a formula
    cell.number_format = FORMAT_TEXT
    if bold:
        cell.font = BOLD
    return cell


def _set_date(cell: Cell, text: str) -> None:
    try:
        cell.value = datetime.fromisoformat(text)
    except ValueError:
        return
    cell.number_format = "yyyy-mm-dd hh:mm"
