"""Files that are not workbooks, or that attack their reader: each gets the contract's 400."""

import contextlib
import io
import os
import random
import resource
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any
from zipfile import ZipFile, ZipInfo

import pytest
from openpyxl import Workbook

from repairs.bulk.orders_sheet import NOT_XLSX, read_sheet
from repairs.bulk.package import MAX_PARTS
from tests.support import workbooks as make
from tests.support.costly_workbooks import (
    COSTLY,
    GOOD_SHEET,
    MEGABYTE,
    one_part_many_relations,
    one_string_in_every_row,
    with_strings,
)
from tests.support.workbooks import HEADER_XML, NAMESPACE, a_row, cell, raw, row_xml, sheet_xml, workbook
from warrantify.http.errors import DomainError

GOOD = workbook(a_row())
DOCTYPES = {
    "billion laughs": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
    "external entity": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "external DTD": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    "plain DTD": "<!DOCTYPE worksheet>",
}


def encrypted(content: bytes) -> bytes:
    """The same with the encryption flag on every part."""
    local, central = b"PK\x03\x04\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x00"
    assert local in content
    assert central in content
    return content.replace(local, local[:-1] + b"\x01").replace(central, central[:-1] + b"\x01")


def zipped(**parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def doubled() -> bytes:
    content = io.BytesIO(GOOD)
    with zipfile.ZipFile(content, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return content.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one byte": lambda: b"P",
    "zip magic alone": lambda: b"PK\x03\x04",
    "CSV": lambda: b"repair_ref_no,Name\nREP1,Amit\n",
    "PDF": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" * 100,
    "XLS, or an encrypted XLSX": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096),
    "HTML": lambda: b"<html><table><tr><td>repair_ref_no</td></tr></table></html>",
    "another zip": lambda: zipped(readme="hello"),
    "truncated": lambda: GOOD[: len(GOOD) // 2],
    "without its end": lambda: GOOD[:-30],
    "encrypted parts": lambda: encrypted(GOOD),
    "a part twice": doubled,
    "macros": lambda: raw(GOOD_SHEET, extra={"xl/vbaProject.bin": "x"}),
    "LZMA": lambda: raw(GOOD_SHEET, compression=zipfile.ZIP_LZMA),
    "many parts": lambda: raw(GOOD_SHEET, extra={f"p/{n}": "" for n in range(MAX_PARTS)}),
    "sheet of spaces": lambda: raw(sheet_xml(" " * 60 * MEGABYTE)),
    "a comment without end": lambda: raw(sheet_xml("<!--" + random.Random(1).randbytes(8 * MEGABYTE).hex())),
    "a comment before the sheet": lambda: raw(
        f"<!--{random.Random(1).randbytes(8 * MEGABYTE).hex()}-->{GOOD_SHEET}"
    ),
    "bomb in a part that is not read": lambda: raw(
        GOOD_SHEET, extra={"xl/media/a.png": bytes(50 * MEGABYTE)}
    ),
    "shared strings too big": lambda: with_strings("<si><t>" + "x" * 20 * MEGABYTE + "</t></si>"),
    "too many shared strings": lambda: with_strings("".join(f"<si><t>{n}</t></si>" for n in range(260_000))),
    "styles too big": lambda: raw(GOOD_SHEET, styles="<styleSheet>" + "<xf/>" * 2_000_000 + "</styleSheet>"),
    "long texts in every cell": lambda: one_string_in_every_row(32_000),
    "too many cells": lambda: raw(
        sheet_xml(
            HEADER_XML + "".join(row_xml(2)[:-6] for _ in range(1)) + '<c r="A2"/>' * 600_000 + "</row>"
        )
    ),
    "string out of range": lambda: raw(sheet_xml(HEADER_XML + f'<row r="2">{cell("A2", "5", "s")}</row>')),
    "negative string": lambda: raw(sheet_xml(HEADER_XML + f'<row r="2">{cell("A2", "-1", "s")}</row>')),
    "a number that is none": lambda: raw(
        sheet_xml(HEADER_XML + f'<row r="2">{cell("A2", "1_0", "n")}</row>')
    ),
    "a cell of unknown type": lambda: raw(
        sheet_xml(HEADER_XML + f'<row r="2">{cell("A2", "1", "zz")}</row>')
    ),
    "rows out of order": lambda: raw(sheet_xml(HEADER_XML + row_xml(3) + row_xml(2))),
    "a row of no number": lambda: raw(sheet_xml(HEADER_XML + row_xml(2).replace('r="2"', 'r="two"'))),
    "broken XML": lambda: raw(GOOD_SHEET[:-20]),
    "unknown encoding": lambda: raw(b'<?xml version="1.0" encoding="klingon"?>' + GOOD_SHEET.encode()),
    "no sheet": lambda: raw(GOOD_SHEET, workbook_xml=f'<workbook xmlns="{NAMESPACE}"/>'),
    "hidden sheets only": lambda: raw(
        GOOD_SHEET,
        workbook_xml=f'<workbook xmlns="{NAMESPACE}" xmlns:r="{make.RELATIONS}"><sheets>'
        '<sheet name="A" sheetId="1" state="veryHidden" r:id="rId1"/></sheets></workbook>',
    ),
    **{name: partial(raw, doctype + GOOD_SHEET) for name, doctype in DOCTYPES.items()},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused(name: str) -> None:
    content = HOSTILE[name]()
    with pytest.raises(DomainError) as caught:
        read_sheet(content)
    assert caught.value.message == NOT_XLSX


MAX_SECONDS = 2.5  # of a core; one on an idle machine
MAX_MEMORY = 60 * MEGABYTE


@pytest.mark.parametrize("name", COSTLY)
def test_it_costs_little_whether_it_is_read_or_refused(name: str) -> None:
    seconds, memory = cost(COSTLY[name]())
    assert seconds < MAX_SECONDS
    assert memory < MAX_MEMORY


def cost(content: bytes) -> tuple[float, int]:
    """Processor seconds and bytes of memory of reading `content`, in a process of its own."""
    receiver, sender = os.pipe()
    if os.fork() == 0:
        try:
            before = resource.getrusage(resource.RUSAGE_SELF)
            with contextlib.suppress(DomainError):
                read_sheet(content)
            after = resource.getrusage(resource.RUSAGE_SELF)
            kilobytes = after.ru_maxrss - before.ru_maxrss
            os.write(sender, f"{after.ru_utime - before.ru_utime} {1024 * kilobytes}".encode())
        finally:
            os._exit(0)
    os.close(sender)
    with os.fdopen(receiver) as answer:
        seconds, memory = answer.read().split()
    os.wait()
    return float(seconds), int(memory)


@pytest.mark.parametrize("kind", ["sharedStrings", "styles"])
def test_a_part_is_parsed_once_however_many_relations_name_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = one_part_many_relations(20, kind)
    opened: list[str] = []
    read = ZipFile.open

    def note(archive: ZipFile, info: ZipInfo, *arguments: Any, **options: Any) -> Any:
        opened.append(info.filename)
        return read(archive, info, *arguments, **options)

    monkeypatch.setattr(ZipFile, "open", note)
    read_sheet(content)
    assert len(opened) == len(set(opened))


def test_two_parts_of_a_kind_that_has_one_are_refused() -> None:
    relations = make.relationships(
        [("rId1", "worksheet", "worksheets/sheet1.xml")]
        + [(f"r{n}", "sharedStrings", f"strings{n}.xml") for n in range(2)]
    )
    parts = {f"xl/strings{n}.xml": "<sst/>" for n in range(2)} | {"xl/_rels/workbook.xml.rels": relations}
    with pytest.raises(DomainError, match=NOT_XLSX):
        read_sheet(raw(GOOD_SHEET, extra=parts))


@pytest.mark.parametrize("part", ["strings", "styles"])
def test_a_dtd_is_refused_in_other_parts_too(part: str) -> None:
    with pytest.raises(DomainError, match=NOT_XLSX):
        read_sheet(raw(GOOD_SHEET, **{part: DOCTYPES["billion laughs"] + "<x/>"}))  # type: ignore[arg-type]


def test_a_file_with_flipped_bytes_is_refused_or_read_as_it_was() -> None:
    draw = random.Random(7)
    whole, refused = read_sheet(GOOD).rows, 0
    for _ in range(400):
        damaged = bytearray(GOOD)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        try:
            rows = read_sheet(bytes(damaged)).rows
        except DomainError as error:
            refused += error.message == NOT_XLSX
        else:
            assert rows == whole
    assert refused > 100


def test_a_damaged_sheet_is_noticed_by_its_checksum() -> None:
    content = raw(GOOD_SHEET, compression=zipfile.ZIP_STORED)
    with pytest.raises(DomainError, match=NOT_XLSX):
        read_sheet(content.replace(b"Amit Patel", b"Emit Patel"))


def test_the_guard_lets_a_big_honest_workbook_through() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([*make.COLUMNS, *(f"Extra {number}" for number in range(26))])
    for number in range(1000):
        sheet.append([*a_row(repair_ref_no=f"R{number}", Issue="long " * 300).values(), *range(26)])
    assert len(read_sheet(make.saved(book)).rows) == 1000
