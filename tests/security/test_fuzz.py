"""Generated bodies, forms and workbooks: whatever comes in, no answer is a fault of ours.

FUZZ_EXAMPLES is how many of each; 100 in the suite, 10,000 (100,000 in all) for a long run. PostgreSQL
refuses what SQLite takes (NUL, wide numbers, long text), so a long run begins there.
"""

import io
import json
import os
import resource
import zipfile
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from rest_framework.test import APIClient

from partners.services import NewPartner
from repairs.bulk.orders_sheet import read_sheet
from repairs.fields import API_FIELDS, SHEET_FIELDS
from tests.support.orders import an_order
from tests.support.workbooks import a_row, workbook
from warrantify.http.errors import DomainError

API = "/api/warrantify"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
MAX_GROWTH_KB = 300 * 1024

fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

odd_text = st.text(max_size=60) | st.sampled_from(
    ["\x00", "\ud800", "1e999999999", "560001.0", "९८७६५४३२१०", "=1+1", "\r\n", "🔧" * 300, "a@b", " "]
)
odd = (
    odd_text
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.lists(st.integers(), max_size=3)
    | st.dictionaries(st.text(max_size=5), st.integers(), max_size=3)
)


def members(names: list[str], values: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    """Some changes to an otherwise good order."""
    return st.dictionaries(st.sampled_from(names) | st.text(max_size=10), values, max_size=4)


@pytest.fixture(autouse=True)
def _bounded_memory() -> Any:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MAX_GROWTH_KB


json_bodies = (
    members([field.name for field in API_FIELDS], odd).map(lambda changes: json.dumps(an_order(**changes)))
    | odd.map(json.dumps)
    | st.text(max_size=200)
)


@fuzz
@given(json_bodies)
def test_any_json_body_gets_a_documented_answer(acme_api: APIClient, body: str) -> None:
    answer = acme_api.post(
        f"{API}/repair/single-order/", body.encode(errors="surrogatepass"), content_type="application/json"
    )
    assert answer.status_code in {200, 400, 409}
    assert answer.json()["Status_code"] == str(answer.status_code)


@fuzz
@given(
    form=st.dictionaries(
        st.sampled_from(["Client Email", "Client Name", "Validate Only"]) | st.text(max_size=10),
        st.text(max_size=40),
        max_size=4,
    ),
    file=st.binary(max_size=300) | st.just(workbook(a_row(repair_ref_no="FUZZ-1"))),
    name=st.text(max_size=30),
)
def test_any_form_gets_a_documented_answer(
    acme: NewPartner, api: APIClient, form: dict[str, str], file: bytes, name: str
) -> None:
    parts = [f'name="{part}"\r\n\r\n{value}'.encode() for part, value in form.items()]
    parts.append(f'name="customFile"; filename="{name}"\r\n\r\n'.encode() + file)
    body = b"".join(b"--x\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
    answer = api.post(
        f"{API}/repair/bulk-order/",
        body + b"--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"X-API-Key": acme.api_key},
    )
    assert answer.status_code in {200, 400}
    assert answer.json()["Status_code"] == answer.status_code


def _sheet(header: list[Any], rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (header, *rows):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


cells = (
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=30)
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.dates()
    | st.none()
)
sheets = st.builds(
    _sheet,
    st.permutations([field.name for field in SHEET_FIELDS]).map(list)
    | st.lists(st.sampled_from([field.name for field in SHEET_FIELDS]), max_size=20),
    st.lists(st.lists(cells, max_size=20), max_size=4),
)
GOOD = workbook(a_row(repair_ref_no="FUZZ-1"), a_row(repair_ref_no="FUZZ-2"))


def _damaged(at: int, new: bytes) -> bytes:
    at %= len(GOOD)
    return GOOD[:at] + new + GOOD[at + len(new) :]


def _repacked(part: int, at: int, new: bytes) -> bytes:
    """A sound archive with one damaged part."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as source, zipfile.ZipFile(file, "w") as target:
        names = source.namelist()
        for number, name in enumerate(names):
            content = source.read(name)
            if number == part % len(names):
                place = at % (len(content) + 1)
                content = content[:place] + new + content[place + len(new) :]
            target.writestr(name, content)
    return file.getvalue()


numbers = st.integers(0, 10**6)
damage = st.binary(min_size=1, max_size=6)


@fuzz
@given(sheets | st.builds(_damaged, numbers, damage) | st.builds(_repacked, numbers, numbers, damage))
def test_any_workbook_is_read_or_refused(file: bytes) -> None:
    try:
        sheet = read_sheet(file)
    except DomainError as error:
        assert error.status == 400
    else:
        assert all(row.number > 1 for row in sheet.rows)


raw_bodies = odd.map(json.dumps) | st.text(max_size=200)


def documented(answer: Any, statuses: set[int]) -> None:
    assert answer.status_code in statuses, answer.content[:500]
    if answer.content:
        assert answer.json()["Status_code"] == str(answer.status_code) or "access" in answer.json()


@pytest.fixture
def key_api(acme: NewPartner) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=acme.api_key)
    return client


def send(client: APIClient, path: str, body: str, method: str = "post") -> Any:
    content: Any = body.encode(errors="surrogatepass")
    return client.generic(method.upper(), f"{API}/{path}", content, content_type="application/json")


@fuzz
@given(members(["username", "password"], odd).map(json.dumps) | raw_bodies)
def test_any_log_in_gets_a_documented_answer(acme: NewPartner, api: APIClient, body: str) -> None:
    documented(send(api, "token/", body), {200, 400, 401, 429})


@fuzz
@given(members(["refresh"], odd).map(json.dumps) | raw_bodies)
def test_any_refresh_gets_a_documented_answer(acme: NewPartner, api: APIClient, body: str) -> None:
    documented(send(api, "token/refresh/", body), {400, 401})


@fuzz
@given(st.binary(max_size=300))
def test_any_credentials_get_a_documented_answer(db: None, secret: bytes) -> None:
    client = APIClient(raise_request_exception=False)
    text = secret.decode("latin-1")
    answer = client.get(f"{API}/claim/tracking/?ReferenceID=A", headers={"X-API-Key": text})
    documented(answer, {401})
    answer = client.post(f"{API}/repair/single-order/", {}, "json", headers={"Authorization": text})
    documented(answer, {401})


queries = st.lists(
    st.tuples(
        st.sampled_from(["ReferenceID", "modified_since", "cursor"]) | st.text(max_size=8),
        odd_text
        | st.datetimes().map(str)
        | st.sampled_from(
            ["REP10001", "9999-12-31T23:59:59Z", "0001-01-01", "1900-01-01T00:00+23:59", "A,B,,"]
        ),
    ),
    max_size=4,
).map(lambda pairs: urlencode(pairs, errors="surrogatepass"))


@fuzz
@given(queries, odd_text.map(lambda text: text.encode(errors="replace").decode("latin-1")))
def test_any_look_up_gets_a_documented_answer(key_api: APIClient, query: str, etag: str) -> None:
    headers = {"If-None-Match": etag, "If-Modified-Since": etag}
    documented(key_api.get(f"{API}/claim/tracking/?{query}", headers=headers), {200, 304, 400, 404})
    documented(key_api.get(f"{API}/claim/tracking/batch/?{query}"), {200, 400})
    documented(key_api.get(f"{API}/claim/estimate/?{query}"), {200, 400, 404})


@fuzz
@given(st.fixed_dictionaries({"ReferenceID": st.lists(odd, max_size=4) | odd}).map(json.dumps) | raw_bodies)
def test_any_batch_gets_a_documented_answer(key_api: APIClient, body: str) -> None:
    documented(send(key_api, "claim/tracking/batch/", body), {200, 400})


DECISION = ["ReferenceID", "estimate_no", "decision", "decided_by", "reason"]


@fuzz
@given(members(DECISION, odd | st.sampled_from(["approve", "decline"])).map(json.dumps) | raw_bodies)
def test_any_decision_gets_a_documented_answer(key_api: APIClient, body: str) -> None:
    documented(send(key_api, "claim/estimate/", body), {400, 404, 409})


WEBHOOK = ["url", "events", "description", "state", "event_id", "since", "only_failed"]


@fuzz
@given(
    st.sampled_from(
        ["", "wh_0/", "wh_" + "0" * 24 + "/", "x/secret/", "x/test/", "x/replay/", "x/deliveries/"]
    ),
    st.sampled_from(["get", "post", "patch", "delete"]),
    members(WEBHOOK, odd | st.sampled_from(["https://a.example/x"])).map(json.dumps) | raw_bodies,
)
def test_any_webhook_call_gets_a_documented_answer(
    key_api: APIClient, path: str, method: str, body: str
) -> None:
    documented(send(key_api, f"webhooks/{path}", body, method), {200, 400, 404, 405})
