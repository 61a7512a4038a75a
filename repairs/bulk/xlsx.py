"""Reads the rows of an .xlsx file's first visible sheet; knows nothing of orders.

1,000 rows of 14 columns take about 55 ms of CPU, where openpyxl takes 310 ms. python-calamine is faster
still, but one far-off cell makes it abort the whole process.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from string import ascii_uppercase
from typing import NamedTuple
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from repairs.bulk.cells import Cell, Kind, bad, number, text_of
from repairs.bulk.package import (
    CHUNK,
    MAX_INDEX,
    MAX_INFLATED,
    MEGABYTE,
    NotXlsxError,
    Package,
    Part,
    elements,
    local,
)
from warrantify.text import UNPRINTABLE

MAX_TEXT = 10_000_000  # characters in all cells: one long shared string may stand in every cell
MAX_LITERAL = 400  # characters of a number, date, logical value or error
MAX_COLUMNS = 256

# Inflated bytes by kind of part; the sheet may have what is left of the file's.
MAX_STRINGS = 8 * MEGABYTE
MAX_STYLES = 4 * MEGABYTE

# Excel's own limits.
MAX_ROW = 1_048_576
MAX_TITLE = 31
MAX_FORMAT = 255
MAX_FORMATS = 250
MAX_CELL_STYLES = 65_490

Row = tuple[int, dict[int, Cell]]  # the sheet's row number from 1; cells by column from 0


class FirstSheet(NamedTuple):
    """The first visible sheet: its title, and its rows in order without those that hold no cell.

    Text comes as `str` (untrimmed), a number as its plain decimal text, what is neither as
    `BadCell`. Columns past `MAX_COLUMNS` are left out. Any row may raise NotXlsxError.
    """

    title: str
    rows: Iterator[Row]


def first_sheet(content: bytes) -> FirstSheet:
    """Opens an .xlsx file; raises NotXlsxError for anything else."""
    with _refusing():
        package = Package(content)
        workbook = package.relations("").only("officeDocument")
        relations = package.relations(workbook)
        title, sheet = _first_visible(package, workbook, relations.of("worksheet"))
        strings: list[Cell] = []
        if part := relations.only("sharedStrings", ""):
            strings = _Strings(package).parse(package.chunks(part, MAX_STRINGS))
        dates: frozenset[str] = frozenset()
        if part := relations.only("styles", ""):
            dates = _date_styles(elements(package, part, MAX_STYLES))
        return FirstSheet(title, _rows(package, sheet, strings, dates))


@contextmanager
def _refusing() -> Iterator[None]:
    """Turns what zipfile, zlib, expat and the conversions raise for wrong bytes into NotXlsxError."""
    try:
        yield
    except (BadZipFile, zlib.error, ExpatError, struct.error, EOFError, OSError) as error:
        raise NotXlsxError from error
    except (ValueError, LookupError, NotImplementedError, RuntimeError, OverflowError) as error:
        raise NotXlsxError from error


def _rows(package: Package, sheet: str, strings: list[Cell], dates: frozenset[str]) -> Iterator[Row]:
    with _refusing():
        yield from _Sheet(package, strings, dates).parse(
            _without_blank_rows(package.chunks(sheet, MAX_INFLATED))
        )


def _first_visible(package: Package, workbook: str, worksheets: Mapping[str, str]) -> tuple[str, str]:
    """The title and the part of the first visible sheet."""
    for name, attributes in elements(package, workbook, MAX_INDEX):
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            identifier = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            if identifier in worksheets:
                title = UNPRINTABLE.sub("\ufffd", attributes.get("name", ""))
                return title[:MAX_TITLE], worksheets[identifier]
    raise NotXlsxError


def _date_styles(elements: Iterable[tuple[str, Mapping[str, str]]]) -> frozenset[str]:
    """The indexes of the cell styles that show a number as a date."""
    formats: dict[str, str] = {}
    styles: list[str] = []
    group = ""
    for name, attributes in elements:
        if name == "numFmt":
            formats[attributes["numFmtId"]] = attributes["formatCode"][:MAX_FORMAT]
        elif name in ("cellStyleXfs", "cellXfs", "cellStyles", "dxfs"):
            group = name
        elif name == "xf" and group == "cellXfs":
            styles.append(attributes.get("numFmtId", "0"))
        if len(formats) > MAX_FORMATS or len(styles) > MAX_CELL_STYLES:
            raise NotXlsxError
    dates = _BUILTIN_DATES - formats.keys()
    if formats:
        from openpyxl.styles.numbers import is_date_format  # only now, as loading it takes long and 9 MB

        dates |= {key for key, code in formats.items() if is_date_format(code)}
    return frozenset(str(index) for index, key in enumerate(styles) if key in dates)


# The formats that a file need not spell out (ECMA-376 part 1, 18.8.30), with those of East Asian calendars.
_BUILTIN_DATES = {str(key) for key in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))}


# Rows of nothing but formatted cells, taken out before each of their elements costs a call.
_BLANK_ROW = re.compile(
    rb'<row r="[0-9]+"[^<>]*(?:/>|>\s*(?:<c [^<>]*/>\s*)*</row>)\s*',
)


def _without_blank_rows(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        rest += chunk
        # Up to the last row that begins here: only rows before it are surely whole.
        if (end := rest.rfind(b"<row ")) > 0:
            yield _BLANK_ROW.sub(b"", rest[:end])
            rest = rest[end:]
        elif end < 0 or len(rest) > CHUNK:
            yield rest
            rest = b""
    yield _BLANK_ROW.sub(b"", rest)


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise NotXlsxError
    return int(text)


# The column of a cell, counted from 0, by the letters of its reference ("B2" -> 1); far ones are absent.
DIGITS = "0123456789"
_LETTERS = (*ascii_uppercase, *map("".join, product(ascii_uppercase, repeat=2)))
_COLUMNS = {letters: column for column, letters in enumerate(_LETTERS[:MAX_COLUMNS])}


class _TextPart(Part):
    """Hears the text of `<t>`, in runs of rich text or alone, without phonetic hints."""

    _is_hint = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if name == "t":
            if not self._is_hint:
                self._parser.CharacterDataHandler = self._text.append
        elif name == "rPh":
            self._is_hint = True
        elif ":" in name:
            self._depth -= 1  # which the call counts again
            self.start(local(name), attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._parser.CharacterDataHandler = None
        if name == "rPh":
            self._is_hint = False
        elif ":" in name:
            self._depth += 1
            self.end(local(name))


class _Strings(_TextPart):
    """The shared strings."""

    def __init__(self, package: Package) -> None:
        super().__init__(package)
        self._strings: list[Cell] = []

    def parse(self, chunks: Iterable[bytes]) -> list[Cell]:
        for _ in self.feed(chunks):
            pass
        return self._strings

    def end(self, name: str) -> None:
        if name == "si":
            self._depth -= 1
            self._strings.append(text_of("".join(self._text)))
            self._text = []
        else:
            super().end(name)


_BAD_TYPES: Mapping[str, Kind] = {"b": "boolean", "e": "error", "d": "date"}


class _Sheet(_TextPart):
    """A sheet's rows."""

    def __init__(self, package: Package, strings: list[Cell], dates: frozenset[str]) -> None:
        super().__init__(package)
        self._strings = strings
        self._dates = dates
        self._finished: list[Row] = []
        self._characters = MAX_TEXT
        self._row = 0
        self._cells: dict[int, Cell] = {}
        self._column = -1
        self._cell: Mapping[str, str] = {}  # the attributes of the cell at hand

    def parse(self, chunks: Iterable[bytes]) -> Iterator[Row]:
        for _ in self.feed(chunks):
            if self._characters < 0:
                raise NotXlsxError
            yield from self._finished
            self._finished.clear()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if name == "c":
            reference = attributes.get("r")
            # Without a call of its own, which costs a fiftieth of all reading.
            self._column = (
                _COLUMNS.get(reference.rstrip(DIGITS), MAX_COLUMNS) if reference else self._column + 1
            )
            self._cell = attributes
        elif name == "v" or (name == "t" and not self._is_hint):
            self._parser.CharacterDataHandler = self._text.append
        elif name == "row":
            self._begin_row(attributes)
        elif name != "is":
            self._depth -= 1  # which the call counts again
            super().start(name, attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        if name in ("v", "t"):
            self._parser.CharacterDataHandler = None
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells:
                self._finished.append((self._row, self._cells))
        elif name == "sheetData":  # what follows is checked, not heard
            self._parser.StartElementHandler, self._parser.EndElementHandler = self.enter, self.leave
        elif name != "is":
            self._depth += 1
            super().end(name)

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        row = int(attributes.get("r", self._row + 1))
        if not self._row < row <= MAX_ROW:
            raise NotXlsxError
        self._row, self._column, self._cells = row, -1, {}

    def _end_cell(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if text and self._column < MAX_COLUMNS:
            cell = self._cells[self._column] = self._value(text)
            self._characters -= len(cell if isinstance(cell, str) else cell.text)

    def _value(self, text: str) -> Cell:
        kind = self._cell.get("t", "n")
        if kind == "s":
            return self._strings[_natural(text)]
        if kind in ("str", "inlineStr"):
            return text_of(text)
        if len(text) > MAX_LITERAL:
            raise NotXlsxError
        if kind == "n":
            return bad("date", text) if self._cell.get("s", "0") in self._dates else number(text)
        return bad(_BAD_TYPES[kind], text)
