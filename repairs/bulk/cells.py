"""What a workbook's cell can hold, as the order fields see it (docs/contract.md section 4, "Cells")."""

import re
from dataclasses import dataclass
from typing import Literal

from warrantify.text import (
    BAD_CHARACTERS,
    LINE_BREAKS,
    NUMBER_TOO_LONG,
    UNPRINTABLE,
    BadTextError,
    Unreadable,
    plain_number,
)

Kind = Literal["number", "date", "boolean", "error", "characters"]

# Excel computes with 15 digits; it has put zeros for what came after.
EXACT_DIGITS = 15

_AS_TEXT = "Format the column as Text and enter the value again."
REASONS: dict[Kind, str] = {
    "number": f"Excel has rounded this number after its {EXACT_DIGITS}th digit. {_AS_TEXT}",
    "date": f"This cell holds a date. {_AS_TEXT}",
    "boolean": f"This cell holds a logical value. {_AS_TEXT}",
    "error": "This cell holds a spreadsheet error.",
    "characters": BAD_CHARACTERS,
}


@dataclass(frozen=True, slots=True)
class BadCell(Unreadable):
    """A cell that is neither text nor an exact number; `text` is what it showed, or close to it."""

    kind: Kind
    text: str


Cell = str | BadCell


def text_in(cell: Cell) -> str:
    """Returns the text of any cell."""
    return cell if isinstance(cell, str) else cell.text


def bad(kind: Kind, text: str) -> BadCell:
    """The cell of that kind, from the text that the file has for it."""
    if kind == "date":
        text = _date(text)
    elif kind == "boolean":
        text = "FALSE" if text == "0" else "TRUE"
    return BadCell(REASONS[kind], kind, text)


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def number(text: str) -> Cell:
    """A numeric cell as its plain decimal text; raises ValueError if `text` is not a number."""
    if text.isdigit() and text.isascii() and len(text) <= EXACT_DIGITS and text[0] != "0":
        return text
    if not _NUMBER.fullmatch(text):
        raise ValueError
    try:
        # By way of a float: Excel writes 1.1 as 1.1000000000000001.
        plain = plain_number(repr(float(text)))
    except BadTextError:
        return BadCell(NUMBER_TOO_LONG, "number", text)
    digits = plain.replace(".", "").lstrip("-0")
    return plain if len(digits) <= EXACT_DIGITS else bad("number", plain)


_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def text_of(text: str) -> Cell:
    """Text as Excel shows it: `_x000D_` stands for the character of that code."""
    if "_x" not in text:
        return text
    shown = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if UNPRINTABLE.search(LINE_BREAKS.sub(" ", shown.strip())):
        return bad("characters", UNPRINTABLE.sub("\ufffd", shown))
    return shown


def _date(text: str) -> str:
    from openpyxl.utils.datetime import from_excel  # only now, as loading it takes long and 9 MB

    try:
        return str(from_excel(float(text)))
    except (ValueError, OverflowError):
        return text
