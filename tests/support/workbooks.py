"""Workbooks as partners send them, and as attackers do."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

from tests.support.orders import ORDER

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")  # .xls, and every encrypted .xlsx
NO_COLUMNS = {"client_name", "AddressLine2", "centre_city", "Size"}
ROW = {name: value for name, value in ORDER.items() if name not in NO_COLUMNS} | {"Engagement_Type": "Onsite"}
COLUMNS = tuple(ROW)

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def a_row(**changes: Any) -> dict[str, Any]:
    """The documentation's sample row, with `changes`."""
    return {**ROW, **changes}


def saved(book: Workbook) -> bytes:
    """The workbook's bytes."""
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def workbook(*rows: Mapping[str, Any], columns: Iterable[str] = COLUMNS) -> bytes:
    """A workbook with a header and `rows`, made by openpyxl."""
    columns = tuple(columns)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(name) for name in columns])
    return saved(book)


def many(count: int, prefix: str = "MANY") -> bytes:
    """A workbook of `count` good rows."""
    return workbook(*(a_row(repair_ref_no=f"{prefix}-{number}") for number in range(count)))


def form(content: bytes | None, **changes: Any) -> dict[str, Any]:
    """The multipart form for `content`; a change to `...` leaves a part out."""
    file = None if content is None else upload(content)
    parts = {"Client Email": "orders@acme.example", "Client Name": "Acme Devices", "customFile": file}
    parts |= {name.replace("_", " "): value for name, value in changes.items()}
    return {name: value for name, value in parts.items() if value is not None and value is not ...}


def padded(content: bytes, size: int) -> bytes:
    """`content` made `size` bytes long."""
    return content + b"\0" * (size - len(content))


def upload(content: bytes, name: str = "orders.xlsx") -> Any:
    """A file as Django's test client sends it."""
    file = io.BytesIO(content)
    file.name = name
    file.content_type = MEDIA_TYPE  # type: ignore[attr-defined]
    return file


def cell(reference: str, text: str, kind: str = "inlineStr", style: int = 0) -> str:
    """A cell's XML."""
    value = f"<is><t>{escape(text)}</t></is>" if kind == "inlineStr" else f"<v>{escape(text)}</v>"
    return f'<c r="{reference}" s="{style}" t="{kind}">{value}</c>'


def row_xml(number: int, values: Iterable[str] = ROW.values()) -> str:
    """A row of text cells."""
    cells = "".join(cell(f"{chr(65 + column)}{number}", text) for column, text in enumerate(values))
    return f'<row r="{number}">{cells}</row>'


HEADER_XML = row_xml(1, COLUMNS)


def sheet_xml(rows: str) -> str:
    """A sheet's XML around its rows."""
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'


def raw(
    sheet: str | bytes,
    *,
    strings: str | bytes | None = None,
    styles: str | bytes | None = None,
    workbook_xml: str | None = None,
    extra: Mapping[str, str | bytes] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """An .xlsx from its parts, well formed or not."""
    relations = [("rId1", "worksheet", "worksheets/sheet1.xml")]
    parts: dict[str, str | bytes] = {"xl/worksheets/sheet1.xml": sheet}
    if strings is not None:
        relations.append(("rId2", "sharedStrings", "sharedStrings.xml"))
        parts["xl/sharedStrings.xml"] = strings
    if styles is not None:
        relations.append(("rId3", "styles", "styles.xml"))
        parts["xl/styles.xml"] = styles
    parts["xl/workbook.xml"] = workbook_xml or (
        f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts["_rels/.rels"] = relationships([("rId1", "officeDocument", "xl/workbook.xml")])
    parts["xl/_rels/workbook.xml.rels"] = relationships(relations)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, part in {**parts, **(extra or {})}.items():
            archive.writestr(name, part)
    return content.getvalue()


def relationships(entries: Iterable[tuple[str, str, str]]) -> str:
    """The XML of a .rels part."""
    lines = "".join(
        f'<Relationship Id="{identifier}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for identifier, kind, target in entries
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}'
        "</Relationships>"
    )
