"""Section 2: tokens and keys."""

import re

from portal.verification.expectation import Expectation, refusal
from portal.verification.partner import Partner
from portal.verification.report import Report

SECTION = "2 credentials"
PAIR = Expectation(200, {"access": str, "refresh": str})
BAD_TOKEN = refusal(401, "Invalid or missing token")


def verify(report: Report, partner: Partner) -> None:
    """Provokes both credentials, right and wrong, on every endpoint."""
    _token_pair(report, partner)
    _bearer(report, partner)
    _key(report, partner)
    for case in ("deactivated user, partner; revoked, expired key", "403 This account belongs to no partner"):
        report.skip(SECTION, case, "needs a change on the service's own desk")


def _token_pair(report: Report, partner: Partner) -> None:
    post = partner.client.post_json
    pair = report.see(SECTION, "POST token", PAIR, partner.log_in())
    wrong = refusal(401, "Invalid username or password")
    unknown = {"username": partner.tag, "password": "wrong"}
    report.see(SECTION, "token: unknown user", wrong, post("token/", unknown))
    missing = refusal(400, "Invalid request data", "password")
    report.see(SECTION, "token: no password", missing, post("token/", {"username": partner.tag}))
    refresh = {"refresh": (pair.json or {}).get("refresh")}
    new = report.see(SECTION, "POST token/refresh", PAIR, post("token/refresh/", refresh))
    report.see(SECTION, "refresh: used up", BAD_TOKEN, post("token/refresh/", refresh))
    report.see(SECTION, "refresh: no token at all", BAD_TOKEN, post("token/refresh/", {"refresh": "x"}))
    access = {"refresh": (new.json or {}).get("access")}
    report.see(SECTION, "refresh: an access token", BAD_TOKEN, post("token/refresh/", access))


def _bearer(report: Report, partner: Partner) -> None:
    # An empty order is refused, but only once the token was accepted.
    accepted = Expectation(400)
    for form in ("Bearer {}", "bearer {}", "JWT {}", "{}"):
        header = {"Authorization": form.format(partner.token)}
        answer = partner.client.post_json("repair/single-order/", {}, header)
        report.see(SECTION, f"Authorization: {form.format('<JWT>')}", accepted, answer)
    bad = {
        "missing": {},
        "no JWT": {"Authorization": "Bearer x"},
        "forged": {"Authorization": f"Bearer {partner.token[:-4]}AAAA"},
        "other scheme": {"Authorization": "Basic eDp4"},
        "a key in its place": partner.key,
    }
    for case, headers in bad.items():
        answer = partner.client.post_json("repair/single-order/", {}, headers)
        report.see(SECTION, f"single-order, token {case}", BAD_TOKEN, answer)


def _key(report: Report, partner: Partner) -> None:
    bad = {
        "missing": {},
        "unknown": {"X-API-Key": "wk_000000000000_wrong"},
        "cut short": {"X-API-Key": partner.key["X-API-Key"][:-1]},
        "a token in its place": partner.bearer,
    }
    for path, method in {
        "repair/bulk-order": "POST",
        "sample-template": "GET",
        "claim/tracking": "GET",
    }.items():
        expected = refusal(
            401,
            "Invalid or missing API key",
            numeric=path == "repair/bulk-order",
            headers={"WWW-Authenticate": re.compile(".+")},
        )
        for case, headers in bad.items():
            answer = partner.client.send(method, f"{path}/", headers)
            report.see(SECTION, f"{path}, key {case}", expected, answer)
