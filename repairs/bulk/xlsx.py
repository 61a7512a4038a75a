"""Reads the rows of an .xlsx file's first visible sheet; knows nothing of orders.

1,000 rows of 14 columns take about 55 ms of CPU, where openpyxl takes 310 ms. python-calamine is faster
still, but one far-off cell makes it abort the whole process.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils import get_column_letter

from repairs.bulk.cells import Cell, Kind, bad, number, text_of
from repairs.bulk.package import MAX_INDEX, MEGABYTE, NotXlsxError, Package, Part, elements, local

MAX_TEXT = 10_000_000  # characters in all cells: one long shared string may stand in every cell
MAX_FORMAT = 255  # Excel's own limit

# Inflated bytes by kind of part. A million formatted blank rows are a sheet of some 40 MB.
MAX_SHEET = 64 * MEGABYTE
MAX_STRINGS = 8 * MEGABYTE
MAX_STYLES = 4 * MEGABYTE

MAX_COLUMNS = 256

Row = tuple[int, dict[int, Cell]]  # the sheet's row number from 1; cells by column from 0


def read_rows(content: bytes) -> Iterator[Row]:
    """The rows of the first visible sheet, in order, without those that hold no cell.

    Text comes as `str` (untrimmed), a number as its plain decimal text, what is neither as
    `BadCell`. Columns past `MAX_COLUMNS` are left out. Raises NotXlsxError at any row.
    """
    try:
        yield from _rows(Package(content))
    # What zipfile, zlib, expat and the conversions raise for bytes that are not what they claim.
    except (BadZipFile, zlib.error, ExpatError, struct.error, EOFError, OSError) as error:
        raise NotXlsxError from error
    except (ValueError, LookupError, NotImplementedError, RuntimeError, OverflowError) as error:
        raise NotXlsxError from error


def _rows(package: Package) -> Iterator[Row]:
    [workbook] = package.related("", "officeDocument").values()
    kinds = package.related(workbook, "worksheet")
    sheets = (
        kinds[identifier]
        for name, attributes in elements(package.chunks(workbook, MAX_INDEX))
        if name == "sheet" and attributes.get("state", "visible") == "visible"
        if (identifier := _relation_id(attributes)) in kinds
    )
    sheet = next(sheets, "no sheet")
    strings: list[Cell] = []
    for part in package.related(workbook, "sharedStrings").values():
        strings = _Strings().parse(package.chunks(part, MAX_STRINGS))
    dates: frozenset[str] = frozenset()
    for part in package.related(workbook, "styles").values():
        dates = _date_styles(elements(package.chunks(part, MAX_STYLES)))
    yield from _Sheet(strings, dates).parse(_without_blank_rows(package.chunks(sheet, MAX_SHEET)))


def _relation_id(attributes: Mapping[str, str]) -> str:
    return next((value for name, value in attributes.items() if name.endswith(":id")), "")


def _date_styles(elements: Iterable[tuple[str, Mapping[str, str]]]) -> frozenset[str]:
    formats = {str(number): code for number, code in BUILTIN_FORMATS.items()}
    # Dates in East Asian calendars, which openpyxl leaves out.
    formats |= {str(number): "d" for number in (*range(27, 37), *range(50, 59))}
    styles: list[bool] = []
    group = ""
    for name, attributes in elements:
        if name == "numFmt":
            formats[attributes["numFmtId"]] = attributes["formatCode"][:MAX_FORMAT]
        elif name in ("cellStyleXfs", "cellXfs", "cellStyles", "dxfs"):
            group = name
        elif name == "xf" and group == "cellXfs":
            styles.append(is_date_format(formats.get(attributes.get("numFmtId", "0"), "General")))
    return frozenset(str(index) for index, is_date in enumerate(styles) if is_date)


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
        elif end < 0 or len(rest) > MEGABYTE:
            yield rest
            rest = b""
    yield _BLANK_ROW.sub(b"", rest)


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise NotXlsxError
    return int(text)


_COLUMNS = {get_column_letter(column + 1): column for column in range(MAX_COLUMNS)}


def _column(reference: str) -> int:
    """The column of a cell by its reference ("B2" -> 1), counted from 0; far ones are MAX_COLUMNS."""
    return _COLUMNS.get(reference.rstrip("0123456789"), MAX_COLUMNS)


class _TextPart(Part):
    """Hears the text of `<t>`, in runs of rich text or alone, without phonetic hints."""

    _is_hint = False

    def listen(self) -> None:
        self._parser.CharacterDataHandler = self._text.append

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._budget -= 1
        if name == "t":
            if not self._is_hint:
                self.listen()
        elif name == "rPh":
            self._is_hint = True
        elif ":" in name:
            self.start(local(name), attributes)

    def end(self, name: str) -> None:
        self._parser.CharacterDataHandler = None
        if name == "rPh":
            self._is_hint = False
        elif ":" in name:
            self.end(local(name))


class _Strings(_TextPart):
    """The shared strings."""

    def __init__(self) -> None:
        super().__init__()
        self._strings: list[Cell] = []

    def parse(self, chunks: Iterable[bytes]) -> list[Cell]:
        for _ in self.feed(chunks):
            pass
        return self._strings

    def end(self, name: str) -> None:
        if name == "si":
            self._strings.append(text_of("".join(self._text)))
            self._text = []
        else:
            super().end(name)


_BAD_TYPES: Mapping[str, Kind] = {"b": "boolean", "e": "error", "d": "date"}


class _Sheet(_TextPart):
    """A sheet's rows."""

    def __init__(self, strings: list[Cell], dates: frozenset[str]) -> None:
        super().__init__()
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
            yield from self._finished
            self._finished.clear()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._budget -= 1
        if name == "c":
            reference = attributes.get("r")
            self._column = _column(reference) if reference else self._column + 1
            self._cell = attributes
        elif name == "v" or (name == "t" and not self._is_hint):
            self._parser.CharacterDataHandler = self._text.append
        elif name == "row":
            self._begin_row(attributes)
        elif name != "is":
            super().start(name, attributes)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._parser.CharacterDataHandler = None
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells:
                self._finished.append((self._row, self._cells))
        elif name == "sheetData":  # what follows is checked, not heard
            self._parser.StartElementHandler = self._parser.EndElementHandler = None
        elif name != "is":
            super().end(name)

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        row = int(attributes.get("r", self._row + 1))
        if row <= self._row:
            raise NotXlsxError
        self._row, self._column, self._cells = row, -1, {}

    def _end_cell(self) -> None:
        if self._characters < 0:
            raise NotXlsxError
        text = "".join(self._text)
        self._text.clear()
        if text and self._column < MAX_COLUMNS:
            cell = self._cells[self._column] = self._value(text)
            self._characters -= len(cell if isinstance(cell, str) else cell.text)

    def _value(self, text: str) -> Cell:
        kind = self._cell.get("t", "n")
        if kind == "s":
            return self._strings[_natural(text)]
        if kind == "n":
            return bad("date", text) if self._cell.get("s", "0") in self._dates else number(text)
        if kind in ("str", "inlineStr"):
            return text_of(text)
        return bad(_BAD_TYPES[kind], text)
