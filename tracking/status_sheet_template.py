"""The empty status sheet that staff fill in: its columns, with the known statuses and workflows to choose."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from tracking import queries
from tracking.status_sheet import COLUMNS, MAX_ROWS

FORMATS = {"Reference": "@", "Date": "dd-mm-yyyy hh:mm"}
WIDTHS = {"Reference": 26, "Status": 28, "Date": 20, "Workflow": 22, "Note": 50}


def build() -> bytes:
    """The workbook: the sheet to fill in, and a sheet of what may stand in Status and Workflow."""
    book = Workbook()
    sheet, known = book.worksheets[0], book.create_sheet("Statuses")
    sheet.title = "Statuses to record"
    sheet.append(COLUMNS)
    sheet.freeze_panes = "A2"
    for column, name in enumerate(COLUMNS, 1):
        letter = get_column_letter(column)
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[letter].width = WIDTHS[name]
        # Text, so that Excel keeps leading zeros and long numbers.
        sheet.column_dimensions[letter].number_format = FORMATS.get(name, "General")
    steps = queries.all_steps()
    choices = {
        "Status": list(dict.fromkeys(step.code for step in steps)),
        "Workflow": list(dict.fromkeys(step.workflow.name for step in steps)),
    }
    for column, (name, values) in enumerate(choices.items(), 1):
        source = get_column_letter(column)
        known.column_dimensions[source].width = 28
        for row, value in enumerate((name, *values), 1):
            known.cell(row, column, value)
        validation = DataValidation(
            "list", formula1=f"Statuses!${source}$2:${source}${len(values) + 1}", allow_blank=True
        )
        target = get_column_letter(COLUMNS.index(name) + 1)
        validation.add(f"{target}2:{target}{MAX_ROWS + 1}")
        sheet.add_data_validation(validation)
    content = BytesIO()
    book.save(content)
    return content.getvalue()
