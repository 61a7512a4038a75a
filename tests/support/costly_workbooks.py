"""Workbooks made to cost a server dearly, whether they are read or refused in the end."""

import io
import random
import secrets
import struct
import zipfile
from collections.abc import Callable
from typing import Any

from tests.support.workbooks import (
    COLUMNS,
    HEADER_XML,
    NAMESPACE,
    RELATIONS,
    cell,
    relationships,
    row_xml,
    sheet_xml,
)
from tests.support.workbooks import raw as raw_deflated

MEGABYTE = 1024 * 1024
GOOD_SHEET = sheet_xml(HEADER_XML + row_xml(2))
MAIN = "xl/_rels/workbook.xml.rels"


def raw(sheet: str | bytes, **parts: Any) -> bytes:
    """An .xlsx that is not compressed: what compresses too well is refused unread."""
    return raw_deflated(sheet, **parts, compression=zipfile.ZIP_STORED)


def with_strings(strings: str, sheet: str = GOOD_SHEET) -> bytes:
    """A workbook with these shared strings."""
    return raw(sheet, strings=f'<sst xmlns="{NAMESPACE}">{strings}</sst>')


def with_rows(rows: str) -> bytes:
    """A workbook with one good order and these rows after it."""
    return raw(sheet_xml(HEADER_XML + row_xml(2) + rows))


def noise(count: int) -> str:
    """Letters that do not compress to nothing, as a bomb would."""
    return "".join(random.Random(1).choices("abcdefghij", k=count))


def one_part_many_relations(count: int, kind: str) -> bytes:
    """`count` relations of a kind that name the same part."""
    part = {
        "sharedStrings": "sharedStrings.xml",
        "styles": "styles.xml",
        "worksheet": "worksheets/sheet1.xml",
    }
    entries = [("rId1", "worksheet", part["worksheet"])]
    entries += [(f"r{number}", kind, part[kind]) for number in range(count)]
    strings = "".join(f"<si><t>{number}</t></si>" for number in range(40_000))
    return raw(
        GOOD_SHEET,
        strings=f'<sst xmlns="{NAMESPACE}">{strings}</sst>',
        styles=styles(["0"], 60_000),
        extra={MAIN: relationships(entries)},
    )


def styles(formats: list[str], count: int) -> str:
    """Number formats, and `count` cell styles that use them in turn."""
    numbers = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{code}"/>' for n, code in enumerate(formats))
    xfs = "".join(f'<xf numFmtId="{200 + n % len(formats)}"/>' for n in range(count))
    return (
        f'<styleSheet xmlns="{NAMESPACE}"><numFmts>{numbers}</numFmts><cellXfs>{xfs}</cellXfs></styleSheet>'
    )


def one_string_in_every_row(length: int) -> bytes:
    """A small file: one long text in ten columns of a thousand rows."""
    cells = "".join(cell(f"{chr(65 + column)}%d", "0", "s") for column in range(14))
    rows = "".join(f'<row r="{n}">{cells.replace("%d", str(n))}</row>' for n in range(2, 1002))
    return with_strings(f"<si><t>{noise(length)}</t></si>", sheet_xml(HEADER_XML + rows))


def wide(rows: int, columns: int, text: str, header: str = "Extra {}") -> bytes:
    """Good orders with further columns."""
    names = [*COLUMNS, *(header.format(n) for n in range(columns))]
    sheet = "".join(_wide_row(number, columns, text) for number in range(2, rows + 2))
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in names)
    return raw(sheet_xml(f'<row r="1">{head}</row>{sheet}'))


def _wide_row(number: int, columns: int, text: str) -> str:
    more = f'<c t="inlineStr"><is><t>{text}</t></is></c>' * columns
    return row_xml(number).replace("REP10001", f"R{number}").replace("</row>", f"{more}</row>")


def rows_in_unknown_columns(count: int) -> bytes:
    """Rows that hold nothing in any known column, under 256 columns."""
    names = [*COLUMNS, *(f"Extra {n}" for n in range(242))]
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in names)
    rows = "".join(f'<row><c r="IV{n}"><v>1</v></c></row>' for n in range(3, count))
    return raw(sheet_xml(f'<row r="1">{head}</row>{row_xml(2)}{rows}'))


def overlapping() -> bytes:
    """A zip whose directory names one compressed part many times."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/a0.xml", "<x/>" * 250_000)
    data = content.getvalue()
    start = data.rindex(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    entry = data[start:end]
    entries = b"".join(entry.replace(b"xl/a0", b"xl/a" + bytes([48 + n % 10])) for n in range(10))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 10, 10, len(entries), start, 0)
    return data[:start] + entries + tail


def all_at_once() -> bytes:
    """Each of the file's budgets nearly used up."""
    blank = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(3, 800_000))
    cells = "<x:c><x:v>1.5</x:v></x:c>" * 64
    prefixed = "".join(f'<x:row r="{n}">{cells}</x:row>' for n in range(800_000, 800_900))
    escapes = row_xml(800_901, [noise(50) + "_x0041_" * 200] * 14)
    texts = "".join(
        f"<si><t>{n}{secrets.token_hex(40)}{'_x0041_' * 40}{secrets.token_hex(1200)}</t></si>"
        for n in range(2200)
    )
    return raw_deflated(
        sheet_xml(HEADER_XML + row_xml(2) + blank + prefixed + escapes),
        strings=f"<sst>{texts}</sst>",
        styles=styles([f"{secrets.token_hex(10)}{'[' * 230}" for _ in range(250)], 40_000),
    )


COSTLY: dict[str, Callable[[], bytes]] = {
    **{
        f"{count:,} relations naming one {kind}": lambda count=count, kind=kind: one_part_many_relations(  # type: ignore[misc]
            count, kind
        )
        for count in (20, 4000)
        for kind in ("sharedStrings", "styles", "worksheet")
    },
    "190,000 styles of one long format": lambda: raw(GOOD_SHEET, styles=styles(["[" * 255], 190_000)),
    "60,000 styles of 250 slow formats": lambda: raw(GOOD_SHEET, styles=styles(["[" * 255] * 250, 60_000)),
    "60,000 styles of 10,000 formats": lambda: raw(GOOD_SHEET, styles=styles(["[" * 255] * 10_000, 60_000)),
    "one text of 8 MB": lambda: with_strings(f"<si><t>{noise(8 * MEGABYTE - 100)}</t></si>"),
    "8 MB of wide characters": lambda: with_strings(
        f"<si><t>{'😀' + noise(8000)}</t></si>" * (8 * MEGABYTE // 8030)
    ),
    "2,000 texts of 4 KB with a wide character": lambda: with_strings(
        "".join(f"<si><t>{'😀' + noise(4000)}{n}</t></si>" for n in range(2000))
    ),
    "100,000 runs of rich text": lambda: with_strings(
        "<si>" + "<r><rPr><b/></rPr><t>a</t></r>" * 100_000 + "</si>"
    ),
    "8 MB of escapes": lambda: with_strings(f"<si><t>{'_x0041_' * 4000}</t></si>" * 280),
    "11 MB of escapes in cells": lambda: with_rows(
        "".join(row_xml(n, ["_x0041_" * 4000]) for n in range(3, 390))
    ),
    "8 MB of wrong escapes": lambda: with_strings(f"<si><t>{'_x0007_' * 4000}</t></si>" * 280),
    "250,000 texts": lambda: with_strings("".join(f"<si><t>{n}</t></si>" for n in range(140_000))),
    "100,000 defined names": lambda: raw(
        GOOD_SHEET,
        workbook_xml=f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><definedNames>'
        + "".join(f'<definedName name="n{n}"/>' for n in range(30_000))
        + '</definedNames><sheets><sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>',
    ),
    "250,000 merged cells": lambda: raw(
        GOOD_SHEET.replace(
            "</sheetData>", "</sheetData><mergeCells>" + '<mergeCell ref="A1"/>' * 250_000
        ).replace("</worksheet>", "</mergeCells></worksheet>")
    ),
    "elements nested in the rows": lambda: with_rows("<a>" * 1_000_000),
    "elements nested after the rows": lambda: raw(
        GOOD_SHEET.replace("</sheetData>", "</sheetData>" + "<a>" * 3_000_000)
    ),
    "cells nested in cells": lambda: with_rows('<row r="3">' + "<c>" * 1_000_000),
    "names of attributes, each its own": lambda: with_rows(
        "".join("<a" + "".join(f' x{j}_{i}=""' for i in range(3000)) + "/>" for j in range(300))
    ),
    "names of elements, each its own": lambda: with_rows("".join(f"<n{n}/>" for n in range(600_000))),
    "attributes without end": lambda: with_rows(
        ("<a" + "".join(f' x{i}=""' for i in range(1000)) + "/>") * 1500
    ),
    "an attribute twice": lambda: with_rows('<row r="3" r="4"/>'),
    "prefixed cells": lambda: with_rows(
        "".join(f'<x:row r="{n}">' + "<x:c><x:v>1</x:v></x:c>" * 75 + "</x:row>" for n in range(3, 1000))
    ),
    "tags of 60 KB": lambda: with_rows(("<a b='" + noise(60_000) + "'/>") * 180),
    "comments of 60 KB": lambda: with_rows(("<!--" + noise(60_000) + "-->") * 180),
    "comments of 200 KB": lambda: with_rows(("<!--" + noise(200_000) + "-->") * 55),
    "references to characters": lambda: with_rows(
        '<row r="3"><c t="inlineStr"><is><t>' + "&#65;" * 2_000_000 + "</t></is></c></row>"
    ),
    "lines without end": lambda: with_rows(
        '<row r="3"><c t="inlineStr"><is><t>' + "\r\n" * 5_000_000 + "</t></is></c></row>"
    ),
    "numbers of 1 MB": lambda: with_rows(
        "".join(f'<row r="{n}"><c><v>{"9" * 1_000_000}</v></c></row>' for n in range(3, 13))
    ),
    "numbers of 400 digits": lambda: with_rows(
        "".join(f'<row r="{n}">' + f"<c><v>{'9' * 400}</v></c>" * 24 + "</row>" for n in range(3, 1000))
    ),
    "one text of 700 characters everywhere": lambda: one_string_in_every_row(690),
    "one text of 32,000 characters everywhere": lambda: one_string_in_every_row(32_000),
    "242 columns more, all their texts long": lambda: wide(75, 242, noise(480)),
    "242 columns more, of a thousand rows": lambda: wide(1000, 40, "x"),
    "names close to the known ones": lambda: wide(1, 242, "x", "AddresLine1 {}").replace(b"City", b"Citi"),
    "140,000 rows in unknown columns": lambda: rows_in_unknown_columns(140_000),
    "a million formatted blank rows": lambda: raw_deflated(
        sheet_xml(
            HEADER_XML
            + row_xml(2)
            + "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(3, 1_000_000))
        )
    ),
    "blank rows that never end": lambda: with_rows('<row r="3">' + '<c r="A3"/>' * 90_000 + "<c"),
    "a row tag that never ends": lambda: with_rows('<row r="3" ' + " " * 10_000_000),
    "a sheet in UTF-16": lambda: raw(
        ('<?xml version="1.0" encoding="UTF-16"?>' + GOOD_SHEET[:-24] + '<row r="9"/>' * 300_000).encode(
            "utf-16"
        )
    ),
    "all at once": all_at_once,
    "a zip that names one part ten times": overlapping,
    "500 parts": lambda: raw(GOOD_SHEET, extra={f"p/{n}": "x" * 10_000 for n in range(490)}),
    "9 MB of noise beside the sheet": lambda: raw(
        GOOD_SHEET, extra={"xl/media/a.bin": random.Random(1).randbytes(9 * MEGABYTE)}
    ),
    "60 MB of spaces": lambda: raw_deflated(
        sheet_xml(HEADER_XML + row_xml(2) + "".join(f"{n:x}" + " " * 80 for n in range(700_000)))
    ),
}
