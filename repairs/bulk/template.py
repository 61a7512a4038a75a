"""The workbook that partners fill in, written from the table of fields (docs/contract.md section 5)."""

from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.numbers import FORMAT_TEXT
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from repairs.bulk.orders_sheet import MAX_ORDERS
from repairs.fields import SHEET_FIELDS, TEMPLATE_FIELDS, Need

WIDTH = 20
HEADER_FONT = Font(name="Calibri", bold=True, color="FFFFFF")
HEADER_FILL = PatternFill("solid", fgColor="1F4E79")
# The file is the same whenever it is built.
BUILT = datetime(2026, 1, 1)  # noqa: DTZ001 (openpyxl takes no zone)


def build() -> bytes:
    """The template: the 14 columns with the documented sample row, and a sheet that explains them."""
    book = Workbook()
    book.properties.creator = "Warrantify"
    book.properties.created = book.properties.modified = BUILT
    book.worksheets[0].title = "Repair orders"
    _fill_orders(book.worksheets[0])
    _explain(book.create_sheet("Columns"))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _fill_orders(sheet: Worksheet) -> None:
    sheet.append([field.name for field in TEMPLATE_FIELDS])
    sheet.append([field.example for field in TEMPLATE_FIELDS])
    sheet.freeze_panes = "A2"
    for column, field in enumerate(TEMPLATE_FIELDS, 1):
        letter = get_column_letter(column)
        # Text, so that Excel keeps leading zeros and long numbers - in the rows yet to be filled, too.
        sheet.column_dimensions[letter].number_format = FORMAT_TEXT
        sheet.column_dimensions[letter].width = WIDTH
        sheet.cell(2, column).number_format = FORMAT_TEXT
        if field.rule and field.rule.choices:
            choices = DataValidation("list", formula1=f'"{",".join(field.rule.choices)}"', allow_blank=True)
            choices.error = field.rule.reason
            choices.add(f"{letter}2:{letter}{MAX_ORDERS + 1}")
            sheet.add_data_validation(choices)
    _finish(sheet)


def _explain(sheet: Worksheet) -> None:
    sheet.append(["Column", "Required", "What it holds", "Rule", "Longest", "Example"])
    for field in SHEET_FIELDS:
        need = "Required" if field.sheet is Need.REQUIRED else "Optional"
        rule = field.rule.reason if field.rule else "Text."
        sheet.append([field.name, need, field.description, rule, field.max_length, field.example])
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEF", (20, 12, 34, 64, 10, 22), strict=True):
        sheet.column_dimensions[letter].width = width
    _finish(sheet)


def _finish(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0  # as many pages down as it takes, one across
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for cell in sheet[1]:
        cell.font = HEADER_FONT
        cell.fill = HEADER_FILL
        cell.alignment = Alignment(vertical="center")
