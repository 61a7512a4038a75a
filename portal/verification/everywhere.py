"""Section 1, the rules of every endpoint, and section 7, what stands beside them."""

import re
from typing import Any

from portal.verification.client import Client
from portal.verification.expectation import AtLeast, Expectation, refusal
from portal.verification.partner import Partner
from portal.verification.report import Report

RULES = "1 rules"
BESIDE = "7 beside"
PATHS = {
    "token": "POST",
    "token/refresh": "POST",
    "repair/single-order": "POST",
    "repair/bulk-order": "POST",
    "sample-template": "GET",
    "claim/tracking": "GET",
}
JSON = re.compile("application/json.*")


def verify(report: Report, partner: Partner) -> None:
    """Provokes the rules that belong to no endpoint's own table."""
    _paths(report, partner)
    _bodies(report, partner)
    _values(report, partner)
    _request_id(report, partner.client)
    _beside(report, partner.client)
    report.skip(RULES, "429 Too many requests", "it would use up a limit; waited for where one is met")
    report.skip(RULES, "500 Internal server error", "a fault of the service")
    report.skip(RULES, "503 Service temporarily unavailable", "needs the database to be away")


def _paths(report: Report, partner: Partner) -> None:
    client = partner.client
    unknown = refusal(404, "Not found", headers={"Content-Type": JSON})
    report.see(RULES, "unknown path under /api/", unknown, client.send("GET", "no/such/path"))
    report.see(RULES, "unknown path beside the base", unknown, client.send("GET", "/api/none"))
    for path, method in PATHS.items():
        wrong = "GET" if method == "POST" else "DELETE"
        numeric = path == "repair/bulk-order"
        expected = refusal(405, "Method not allowed", numeric=numeric, headers={"Content-Type": JSON})
        report.see(
            RULES,
            f"{wrong} {path}/",
            expected,
            client.send(wrong, f"{path}/", {**partner.bearer, **partner.key}),
        )
        with_slash, without = (client.send(method, path + end).body for end in ("/", ""))
        report.hold(RULES, f"{path} without the slash", "the same answer", _same(with_slash, without))


def _same(one: bytes, other: bytes) -> str:
    return "the same answer" if one == other else f"{one!r} / {other!r}"


def _bodies(report: Report, partner: Partner) -> None:
    malformed = refusal(400, "Malformed JSON body")
    for case, body in {
        "no body": b"",
        "not JSON": b"{",
        "NaN": b'{"Pincode": NaN}',
        "Infinity": b'{"Pincode": Infinity}',
        "not an object": b"[]",
        "not UTF-8": b'{"Name": "\xff"}',
        "nested too deep": b'{"Name":' + b"[" * 100_000,
    }.items():
        report.see(RULES, f"JSON body: {case}", malformed, partner.send_order(body))
    report.see(
        RULES,
        "JSON body of 1 MB",
        refusal(413, "Request body too large"),
        partner.send_order(b'{"Name": "' + b"x" * 1_000_000 + b'"}'),
    )
    send = partner.client.send
    answer = send("POST", "repair/single-order/", {**partner.bearer, "Content-Type": "text/plain"}, b"{}")
    report.see(
        RULES,
        "single-order, other Content-Type",
        refusal(415, "Content-Type must be application/json"),
        answer,
    )
    answer = send("POST", "repair/bulk-order/", {**partner.key, "Content-Type": "application/json"}, b"{}")
    wrong = refusal(415, "Content-Type must be multipart/form-data", numeric=True)
    report.see(RULES, "bulk-order, other Content-Type", wrong, answer)


def _values(report: Report, partner: Partner) -> None:
    stored = Expectation(200)
    accepted: dict[str, dict[str, Any]] = {
        "unknown members are ignored": {"NoSuchField": [1, {"a": None}]},
        "text is trimmed": {"Pincode": "  560001\n"},
        "a whole number": {"Pincode": 560001},
        "a whole number as 560001.0": {"Pincode": 560001.0},
        "line breaks in Issue": {"Issue": "Battery\r\nnot\tcharging"},
    }
    for case, changes in accepted.items():
        report.see(RULES, case, stored, partner.send_order(partner.order(**changes)))
    invalid = "Invalid request data"
    cases: dict[str, tuple[str, str, Any]] = {
        "boolean": (invalid, "Model", True),
        "array": (invalid, "Model", ["XPS 15"]),
        "object": (invalid, "Model", {"name": "XPS 15"}),
        "NUL": (invalid, "Model", "XPS\0"),
        "control character": (invalid, "Model", "XPS\x07"),
        "lone surrogate": (invalid, "Model", "XPS\ud800"),
        "digits that are not ASCII": ("Invalid Pincode format", "Pincode", "५६०००१"),
    }
    for case, (message, name, value) in cases.items():
        answer = partner.send_order(partner.order(**{name: value}))
        report.see(RULES, f"value: {case}", refusal(400, message, name), answer)


def _request_id(report: Report, client: Client) -> None:
    echo = Expectation(404, headers={"X-Request-ID": re.compile("verify-contract-1")})
    answer = client.send("GET", "no/such/path", {"X-Request-ID": "verify-contract-1"})
    report.see(RULES, "X-Request-ID comes back", echo, answer)
    drawn = Expectation(404, headers={"X-Request-ID": re.compile("[A-Za-z0-9._:-]{8,128}")})
    report.see(RULES, "X-Request-ID is drawn", drawn, client.send("GET", "no/such/path"))


def _beside(report: Report, client: Client) -> None:
    for path in ("/healthz", "/readyz"):
        report.see(BESIDE, f"GET {path}", Expectation(200), client.send("GET", path))
    document = AtLeast(openapi=re.compile(r"3\..*"), info=dict, paths=dict, components=dict)
    report.see(BESIDE, "GET schema/", Expectation(200, document), client.send("GET", "schema/"))
    html = Expectation(200, headers={"Content-Type": re.compile("text/html.*")})
    explorer = report.see(BESIDE, "GET docs/", html, client.send("GET", "docs/"))
    foreign = re.findall(rb'(?:src|href)="(?:https?:)?//[^"]*', explorer.body)
    report.hold(BESIDE, "docs/ fetches nothing from elsewhere", "[]", foreign)
