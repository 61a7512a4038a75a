"""The workbook that every bulk contender reads: 1,000 good rows, 14 columns of text."""

from openpyxl import Workbook

ROWS = 1000
COLUMNS = [
    "repair_ref_no",
    "Name",
    "CustomerMobile",
    "CustomerEmail",
    "Engagement_Type",
    "AddressLine1",
    "City",
    "State",
    "Pincode",
    "AssetType",
    "Make",
    "Model",
    "IMEINo",
    "Issue",
]


def write(path, tag):
    """`tag` begins every reference."""
    book = Workbook()  # unlike a write-only one it says how large its sheet is, as Excel does
    sheet = book.active
    sheet.append(COLUMNS)
    for n in range(ROWS):
        sheet.append(
            [
                f"{tag}-{n}",
                f"Customer {n}",
                str(9_000_000_000 + n),
                f"customer{n}@example.com",
                "Onsite" if n % 2 else "Offsite",
                f"Flat {n}, Tower A",
                "Bangalore",
                "Tamil Nadu",
                str(560_000 + n),
                "Laptop",
                "Dell",
                "XPS 15",
                f"SN{n:09}",
                f"Battery not charging, case {n}",
            ]
        )
    book.save(path)
