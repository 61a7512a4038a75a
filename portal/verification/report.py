"""Collects how each row of the contract fared, and prints it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from portal.verification.client import Answer
from portal.verification.expectation import Expectation

COLUMNS = (14, 52, 62)


class Row(NamedTuple):
    """One row: where it stands in the contract, what was expected, and what came."""

    section: str
    case: str
    expected: str
    got: str
    body: str
    ok: bool


class Skipped(NamedTuple):
    """A row that nobody can provoke from outside."""

    section: str
    case: str
    why: str


@dataclass
class Report:
    """All rows of a run."""

    rows: list[Row] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if not row.ok]

    def see(self, section: str, case: str, expected: Expectation, answer: Answer) -> Answer:
        """Judges an answer; hands it on."""
        found = expected.differences(answer)
        body = answer.json
        message = body.get("Message") if isinstance(body, dict) else None
        got = "; ".join(found) if found else f"{answer.status} {message or ''}".strip()
        self.rows.append(Row(section, case, str(expected), got, _readable(answer), not found))
        return answer

    def hold(self, section: str, case: str, expected: str, got: object) -> None:
        """Judges a figure or text that several answers give together."""
        self.rows.append(Row(section, case, expected, str(got), "", str(got) == expected))

    def skip(self, section: str, case: str, why: str) -> None:
        """Names a row that was not provoked, openly."""
        self.skipped.append(Skipped(section, case, why))

    def lines(self, *, show_bodies: bool = False) -> Iterator[str]:
        """The table, line by line, then the totals."""
        yield _line("", "section", "row", "expected", "got")
        for row in self.rows:
            yield _line("ok" if row.ok else "DIFF", row.section, row.case, row.expected, row.got)
            if show_bodies and row.body:
                yield f"     {row.body}"
        for each in self.skipped:
            yield _line("--", each.section, each.case, "", f"not provoked: {each.why}")
        differ = len(self.failed)
        yield f"{len(self.rows)} provoked, {differ} differ, {len(self.skipped)} not provoked"


def _line(mark: str, section: str, case: str, expected: str, got: str) -> str:
    section_width, case_width, expected_width = COLUMNS
    return f"{mark:4} {section:{section_width}} {case:{case_width}} {expected:{expected_width}} {got}"


def _readable(answer: Answer) -> str:
    if answer.json is not None:
        return json.dumps(answer.json, ensure_ascii=False)
    return f"{len(answer.body)} bytes of {answer.headers.get('Content-Type')}"
