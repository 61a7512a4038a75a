"""Section 6: tracking."""

import re
from urllib.parse import quote

from portal.verification.expectation import TIME, AtLeast, Expectation, refusal
from portal.verification.partner import Partner
from portal.verification.report import Report

SECTION = "6 tracking"
ABSENT = refusal(400, "ReferenceID is required as a query parameter")
UNKNOWN = refusal(404, "Reference ID does not exist")
CACHED = {"ETag": re.compile('(W/)?"[^"]+"'), "Cache-Control": re.compile("private, no-cache")}
NOT_STARTED = Expectation(
    200,
    {
        "Success": "True",
        "Status_code": "200",
        "Message": "No tracking information available",
        "DATA": AtLeast(current_status=None, tracking_details=[]),
    },
    CACHED,
)


def verify(report: Report, partner: Partner, tracked: str | None) -> None:
    """Provokes the table; `tracked` is the reference of an order whose tracking has started."""
    for case, query in {"absent": "", "blank": "?ReferenceID=%20"}.items():
        report.see(SECTION, f"ReferenceID {case}", ABSENT, partner.track(query))
    for case, reference in {
        "unknown": partner.reference(),
        "over-long": "R" * 2000,
        "odd": "\0'\ud83d",
    }.items():
        query = f"?ReferenceID={quote(reference, errors='replace')}"
        report.see(SECTION, f"ReferenceID {case}", UNKNOWN, partner.track(query))
    new = _new_order(report, partner)
    if tracked is not None:
        _started(report, partner, tracked)
    elif new is not None:  # a sandbox partner: its orders move by themselves
        _started(report, partner, new)
    else:
        report.skip(SECTION, "tracking started", "name such an order with --tracked")
    report.skip(SECTION, "another partner's order", "needs a second partner")


def _new_order(report: Report, partner: Partner) -> str | None:
    """Tracks a new order by both its names; returns its reference where it moves already."""
    order = partner.order()
    data = (partner.send_order(order).json or {}).get("DATA") or {}
    reference = str(order["repair_ref_no"])
    answer = partner.track(f"?ReferenceID={reference}")
    if ((answer.json or {}).get("DATA") or {}).get("current_status") is not None:
        report.skip(SECTION, "tracking not started", "a sandbox order starts at once")
        return reference
    report.see(SECTION, "tracking not started, by reference", NOT_STARTED, answer)
    answer = partner.track(f"?ReferenceID={data.get('request_id')}")
    report.see(SECTION, "tracking not started, by request ID", NOT_STARTED, answer)
    report.see(SECTION, "other case", UNKNOWN, partner.track(f"?ReferenceID={reference.lower()}"))
    _unchanged(report, partner, reference)
    return None


def _started(report: Report, partner: Partner, reference: str) -> None:
    answer = partner.track(f"?ReferenceID={quote(reference)}")
    details = ((answer.json or {}).get("DATA") or {}).get("tracking_details") or [{}]
    event = {"date": TIME, "status": str}
    data = AtLeast(current_status=details[-1], tracking_details=[event] * len(details))
    expected = Expectation(200, {"Success": "True", "Status_code": "200", "DATA": data}, CACHED)
    report.see(SECTION, "tracking started", expected, answer)
    report.hold(SECTION, "the first status", "created", details[0].get("status"))
    dates = [str(each.get("date")) for each in details]
    in_order = sorted(dates, key=lambda date: (date[6:10], date[3:5], date[:2], date[11:]))
    report.hold(SECTION, "oldest first", "True", dates == in_order)
    _unchanged(report, partner, reference)


def _unchanged(report: Report, partner: Partner, reference: str) -> None:
    query = f"?ReferenceID={quote(reference)}"
    etag = partner.track(query).headers.get("ETag", "")
    answer = partner.track(query, If_None_Match=etag)
    report.see(SECTION, "If-None-Match: 304", Expectation(304, headers=CACHED), answer)
    report.hold(SECTION, "… with no body", "0", len(answer.body))
    report.see(
        SECTION, "If-None-Match: another ETag", Expectation(200), partner.track(query, If_None_Match='"x"')
    )
