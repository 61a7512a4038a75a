"""Workbooks to upload: good ones, and files that only look like one."""

import io
import zipfile
from typing import Any

from openpyxl import Workbook

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")  # .xls, and every encrypted .xlsx
COLUMNS = (
    "repair_ref_no", "Name", "CustomerMobile", "CustomerEmail", "Engagement_Type", "AddressLine1",
    "City", "State", "Pincode", "AssetType", "Make", "Model", "IMEINo", "Issue",
)  # fmt: skip


def workbook(*rows: dict[str, Any], columns: tuple[str, ...] = COLUMNS) -> bytes:
    """An .xlsx of `rows` under the header `columns`."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(columns))
    for row in rows:
        sheet.append([row.get(name) for name in columns])
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def bomb() -> bytes:
    """A small .xlsx whose sheet inflates to 100 MB."""
    source = zipfile.ZipFile(io.BytesIO(workbook({})))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            is_sheet = name.startswith("xl/worksheets/")
            target.writestr(name, b" " * 100_000_000 if is_sheet else source.read(name))
    return buffer.getvalue()


def padded(content: bytes, size: int) -> bytes:
    """`content` made `size` bytes long."""
    return content + b"\0" * (size - len(content))
