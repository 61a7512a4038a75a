"""The workbook that every bulk contender reads: 1,000 good rows, 14 columns of text."""

from pathlib import Path

from tests.support.workbooks import a_row, workbook

ROWS = 1000


def write(path, tag):
    """`tag` begins every reference."""
    rows = (
        a_row(
            repair_ref_no=f"{tag}-{n}",
            Name=f"Customer {n}",
            CustomerMobile=str(9_000_000_000 + n),
            CustomerEmail=f"customer{n}@example.com",
            Engagement_Type="Onsite" if n % 2 else "Offsite",
            AddressLine1=f"Flat {n}, Tower A",
            State="Tamil Nadu",
            Pincode=str(560_000 + n),
            IMEINo=f"SN{n:09}",
            Issue=f"Battery not charging, case {n}",
        )
        for n in range(ROWS)
    )
    Path(path).write_bytes(workbook(*rows))
