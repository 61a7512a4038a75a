"""Reading workbooks as real programs write them."""

import datetime
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from repairs.bulk.cells import BadCell
from repairs.bulk.orders_sheet import FIELDS, read_sheet
from repairs.validators import validate_sheet_row
from tests.support import workbooks as make
from tests.support.workbooks import COLUMNS, HEADER_XML, a_row, cell, raw, row_xml, sheet_xml, workbook
from warrantify.http.errors import DomainError


def values_of(content: bytes, column: str = "Model") -> list[object]:
    """What was read under `column`: text, or the kind of a bad cell."""
    cells = [row.known[column] for row in read_sheet(content).rows]
    return [cell if isinstance(cell, str) else (cell.kind, cell.text) for cell in cells]


def refusal(content: bytes) -> str:
    """The sentence with which the file is refused."""
    with pytest.raises(DomainError) as caught:
        read_sheet(content)
    return caught.value.message


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (560001, "560001"),
        (560001.0, "560001"),
        (15.6, "15.6"),
        (1.1, "1.1"),
        (-3, "-3"),
        (0, "0"),
        (123456789012345, "123456789012345"),
        (1e-7, "0.0000001"),
        (" padded ", " padded "),
        (1234567890123456, ("number", "1234567890123456")),
        (1e20, ("number", "100000000000000000000")),
        (True, ("boolean", "TRUE")),
        (False, ("boolean", "FALSE")),
        (datetime.date(2026, 11, 23), ("date", "2026-11-23 00:00:00")),
        ("#N/A", ("error", "#N/A")),
        ("₹ ünï 😀", "₹ ünï 😀"),
    ],
)
def test_a_cell_is_read_as_the_contract_says(value: object, read: object) -> None:
    assert values_of(workbook(a_row(Model=value))) == [read]


@pytest.mark.parametrize(
    ("xml", "read"),
    [
        (cell("L2", "1.1000000000000001", "n"), "1.1"),
        (cell("L2", "9.876543210E9", "n"), "9876543210"),
        (cell("L2", "cached", "str"), "cached"),
        ('<c r="L2"><f>A1+1</f><v>7</v></c>', "7"),
        ('<c r="L2"><f>A1+1</f></c>', ""),
        ('<c r="L2" t="str"><f>A1</f><v></v></c>', ""),
        (cell("L2", "2026-11-23T00:00:00", "d"), ("date", "2026-11-23T00:00:00")),
        (
            '<c r="L2" t="inlineStr"><is><r><t>XPS</t></r><r><t xml:space="preserve"> 15</t></r></is></c>',
            "XPS 15",
        ),
        (cell("L2", "line_x000D_\nbreak"), "line\r\nbreak"),
        (cell("L2", "a_x0000_b"), ("characters", "a\ufffdb")),
        ('<c r="L2" t="inlineStr"><is><t><![CDATA[<b>&]]></t></is></c>', "<b>&"),
    ],
)
def test_a_cells_xml_is_read_as_excel_means_it(xml: str, read: object) -> None:
    row = row_xml(2).replace(cell("L2", "XPS 15"), xml)
    assert values_of(raw(sheet_xml(HEADER_XML + row))) == [read]


def test_shared_strings_are_read_without_phonetic_hints() -> None:
    strings = (
        f'<sst xmlns="{make.NAMESPACE}"><si><r><rPr><b/></rPr><t>XPS</t></r><r><t> 15</t></r>'
        "<rPh><t>hint</t></rPh></si></sst>"
    )
    row = row_xml(2).replace(cell("L2", "XPS 15"), cell("L2", "0", "s"))
    assert values_of(raw(sheet_xml(HEADER_XML + row), strings=strings)) == ["XPS 15"]


def test_rich_text_of_openpyxl_is_read() -> None:
    rich = CellRichText("XPS ", TextBlock(InlineFont(b=True), "15"))
    assert values_of(workbook(a_row(Model=rich))) == ["XPS 15"]


@pytest.mark.parametrize(
    "code", ["dd/mm/yyyy", "[$-409]d mmm", "hh:mm", '"on "yyyy', "[h]:mm", 'yyyy"年"', "mmm-yy"]
)
def test_a_number_with_a_date_format_is_a_date(code: str) -> None:
    assert values_of(formatted(45000, code))[0] != "45000"


@pytest.mark.parametrize("code", ["0", "#,##0.00", '"day" 0', "[Red]0", "0.00E+00", "@", "[$₹-4009] #,##0"])
def test_a_number_with_another_format_is_a_number(code: str) -> None:
    assert values_of(formatted(45000, code)) == ["45000"]


def formatted(value: float, code: str) -> bytes:
    book = load_workbook(io.BytesIO(workbook(a_row(Model=value))))
    book.worksheets[0]["L2"].number_format = code
    return make.saved(book)


def test_positions_may_be_left_out() -> None:
    row = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in make.ROW.values())
    header = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in COLUMNS)
    [read] = read_sheet(raw(sheet_xml(f"<row>{header}</row><row/><row>{row}</row>"))).rows
    assert (read.number, read.known) == (3, make.ROW)


def test_prefixed_elements_are_read() -> None:
    xml = (
        sheet_xml(HEADER_XML + row_xml(2)).replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    )
    xml = xml.replace("<x:worksheet xmlns=", "<x:worksheet xmlns:x=")
    assert values_of(raw(xml)) == ["XPS 15"]


def test_a_utf_16_sheet_is_read() -> None:
    xml = '<?xml version="1.0" encoding="UTF-16"?>' + sheet_xml(HEADER_XML + row_xml(2))
    assert values_of(raw(xml.encode("utf-16"))) == ["XPS 15"]


def test_stored_parts_of_any_letter_case_are_found() -> None:
    content = raw(sheet_xml(HEADER_XML + row_xml(2)), compression=0)
    assert values_of(content.replace(b"xl/worksheets/sheet1.xml", b"xl/Worksheets/Sheet1.xml")) == ["XPS 15"]


def test_row_numbers_are_the_sheets_own_across_blank_rows() -> None:
    rows = read_sheet(workbook(a_row(), {}, {"Name": "   "}, a_row())).rows
    assert [row.number for row in rows] == [2, 5]


def test_a_row_with_strangers_only_is_blank() -> None:
    content = workbook(a_row(), {"Remarks": "x"}, columns=[*COLUMNS, "Remarks"])
    assert len(read_sheet(content).rows) == 1


def test_the_first_visible_sheet_counts() -> None:
    book = load_workbook(io.BytesIO(workbook(a_row())))
    book.create_sheet("Hidden", 0).sheet_state = "hidden"
    book.create_sheet("Notes").append(["nothing to see"])
    book.create_chartsheet("Chart", 0)
    assert values_of(make.saved(book)) == ["XPS 15"]


def test_merged_cells_hold_their_value_once() -> None:
    book = load_workbook(io.BytesIO(workbook(a_row(), a_row(Model=None))))
    book.worksheets[0].merge_cells("L2:L3")
    assert values_of(make.saved(book)) == ["XPS 15", ""]


def test_of_two_columns_with_one_name_the_first_counts() -> None:
    book = load_workbook(io.BytesIO(workbook(a_row())))
    book.worksheets[0]["O1"], book.worksheets[0]["O2"] = "Model", "another"
    assert values_of(make.saved(book)) == ["XPS 15"]


def test_a_million_formatted_blank_rows_cost_nothing() -> None:
    blank = "".join(
        f'<row r="{number}" s="1"><c r="A{number}" s="1"/></row>' for number in range(3, 1_000_001)
    )
    content = raw(sheet_xml(HEADER_XML + row_xml(2) + blank + row_xml(1_000_001)))
    assert [row.number for row in read_sheet(content).rows] == [2, 1_000_001]


def test_a_lone_cell_at_the_far_corner_is_left_out() -> None:
    corner = f'<row r="1048576">{cell("XFD1048576", "x")}</row>'
    assert len(read_sheet(raw(sheet_xml(HEADER_XML + row_xml(2) + corner))).rows) == 1


def test_reading_stops_at_the_1001st_order() -> None:
    rows = "".join(row_xml(number) for number in range(2, 1003))
    broken = raw(sheet_xml(HEADER_XML + rows + row_xml(1003) * 2 + "<" * 300_000))
    assert refusal(broken) == "The number of orders cannot exceed 1000"


def test_a_thousand_orders_are_within_the_limit() -> None:
    assert len(read_sheet(make.many(1000)).rows) == 1000


@pytest.mark.parametrize("sheet", [sheet_xml(""), sheet_xml(row_xml(2)), sheet_xml(row_xml(2, COLUMNS))])
def test_a_header_anywhere_but_in_row_1_is_missing(sheet: str) -> None:
    assert refusal(raw(sheet)) == "Missing required columns"


@pytest.mark.parametrize("name", ["pincode", "Pincode ", "Pin code", "PINCODE", "Pincod"])
def test_a_nearly_right_column_is_named_with_its_likely_meaning(name: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_sheet(workbook(a_row(), columns=[name if c == "Pincode" else c for c in COLUMNS]))
    assert caught.value.errors == {"columns": ["Pincode"], "hints": [f'"{name}" should read "Pincode".']}


def test_the_reports_columns_are_left_out() -> None:
    content = workbook(a_row(Status="Stored"), columns=["Status", *COLUMNS, "Request_ID", "Errors"])
    assert read_sheet(content).header == list(COLUMNS)


def test_an_overlong_number_is_refused_with_the_way_out() -> None:
    [row] = read_sheet(workbook(a_row(IMEINo=1234567890123456))).rows
    [reason] = validate_sheet_row(row.known).errors["IMEINo"]
    assert "Format the column as Text" in reason


def test_a_bad_reference_is_told_as_it_was_read() -> None:
    [row] = read_sheet(workbook(a_row(repair_ref_no=True))).rows
    assert isinstance(row.known["repair_ref_no"], BadCell)
    assert row.known["repair_ref_no"].text == "TRUE"


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(st.characters(exclude_categories=["C"]), max_size=20).filter(
                lambda text: not text.startswith(("=", "#")) and "_x" not in text
            ),
            st.integers(-(10**14), 10**14),
            st.floats(-1e9, 1e9).map(lambda value: round(value, 4)),
            st.none(),
        ),
        min_size=1,
        max_size=14,
    )
)
def test_what_openpyxl_reads_is_read_alike(cells: list[Any]) -> None:
    content = workbook(dict(zip(COLUMNS[1:], cells, strict=False)) | {"repair_ref_no": "R"})
    [row] = read_sheet(content).rows
    sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    [theirs] = list(sheet.iter_rows(min_row=2, values_only=True))
    for name, other in zip(COLUMNS, theirs, strict=True):
        ours = row.known[name]
        if len(str(ours)) > FIELDS[name].max_length:  # the rest is left out
            continue
        if isinstance(other, int | float):
            assert float(str(ours)) == other
        else:
            assert ours == (other or "")


def test_an_openpyxl_workbook_without_dimension_is_read() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(COLUMNS))
    sheet.append(list(make.ROW.values()))
    assert values_of(make.saved(book)) == ["XPS 15"]


def test_a_workbook_saved_by_libreoffice_is_read() -> None:
    first, second, third = read_sheet((Path(__file__).parent / "libreoffice.xlsx").read_bytes()).rows
    assert validate_sheet_row(first.known).errors == {}
    assert (first.known["Pincode"], first.known["Issue"]) == ("560001", "first\nsecond")
    assert (second.number, second.known["repair_ref_no"], second.known["Model"]) == (4, "REP10002", "15.6")
    assert set(validate_sheet_row(third.known).errors) == {"Make", "Model", "IMEINo"}


def hint(content: bytes) -> list[str]:
    with pytest.raises(DomainError, match="Missing required columns") as caught:
        read_sheet(content)
    return (caught.value.errors or {})["hints"]


def test_an_empty_first_sheet_is_named() -> None:
    book = Workbook()
    book.worksheets[0].title = "Cover"
    book.create_sheet("Orders").append(COLUMNS)
    read = 'The column names are read from row 1 of the first visible sheet, "Cover", which is empty.'
    assert hint(make.saved(book)) == [read]


def test_a_title_above_the_header_is_told_with_the_row_of_the_names() -> None:
    book = Workbook()
    for row in (["Orders of November"], [], COLUMNS, make.ROW.values()):
        book.worksheets[0].append(list(row))
    [sentence] = hint(make.saved(book))
    assert sentence.endswith('"Sheet", which holds none of them. Row 3 holds them: delete the rows above it.')


def test_of_a_long_text_one_character_more_than_the_maximum_is_kept() -> None:
    for name, text in {"Model": "x" * 9000, "Issue": "a\n" * 9000, "repair_ref_no": "R" * 9000}.items():
        [kept] = values_of(workbook(a_row(**{name: text})), name)
        assert len(str(kept)) == FIELDS[name].max_length + 1


def test_white_space_that_is_not_counted_cuts_nothing() -> None:
    row = a_row(Model=" " * 500 + "XPS", Issue="broken" + "\n" * 3000 + "glass")
    [read] = read_sheet(workbook(row)).rows
    assert validate_sheet_row(read.known).values["model"] == "XPS"
    assert validate_sheet_row(read.known).values["issue"] == "broken glass"


def test_columns_of_the_partners_own_are_bounded_too() -> None:
    more = {f"Extra {number}": "y" * 900 for number in range(80)}
    sheet = read_sheet(workbook(a_row(**more), columns=[*COLUMNS, *more]))
    others = sheet.rows[0].cells[len(COLUMNS) :]
    assert len(sheet.header) == len(COLUMNS) + 50
    assert {str(cell) for cell in others} == {"y" * 499 + "…"}


def test_more_text_than_a_thousand_longest_orders_is_refused() -> None:
    row = a_row(Name="न" * 200, AddressLine1="न" * 500, Issue="न" * 2000)
    assert refusal(workbook(*[row] * 1000)) == "Only valid .xlsx files are supported"


def test_a_thousand_longest_orders_are_read() -> None:
    row = {name: "x" * FIELDS[name].max_length for name in FIELDS}
    assert len(read_sheet(workbook(*[row] * 1000, columns=FIELDS)).rows) == 1000


def test_own_columns_without_end_refuse_no_order() -> None:
    more = {f"Extra {number}": "y" * 400 for number in range(50)}
    rows = read_sheet(workbook(*[a_row(**more)] * 60, columns=[*COLUMNS, *more])).rows
    assert [str(rows[at].cells[-1]) for at in (0, 59)] == ["y" * 400, "…"]
    assert {row.known["Model"] for row in rows} == {"XPS 15"}
