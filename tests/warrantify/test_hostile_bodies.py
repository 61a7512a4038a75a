"""Fifty bodies of one who wants a 500, against a live gunicorn."""

import json

import pytest
import requests

from tests.support.orders import an_order
from tests.support.service import Service

ODD_VALUES = [
    *(
        "\x00",
        "\ud800",
        "\udfff\ud800",
        "\x1b[31m",
        "\u202e",
        "\ufeff",
        "\u2028",
        "\U0001d56c" * 50,
        "' OR 1=1 --",
        "{{7*7}}",
    ),
    *(
        "%s%n",
        "\x7f",
        "\x85",
        "../../etc/passwd",
        "<script>",
        "=cmd|' /C calc'!A0",
        "x" * 200_000,
        "\n" * 1000,
    ),
    *(True, False, 0, -1, 1e308, 5e-324, 10**400, [], {}, [[]], {"a": {}}, [None]),
]
BODIES = [
    *(
        json.dumps(an_order(**{"repair_ref_no": "HOSTILE-1", name: value}))
        for value in ODD_VALUES
        for name in ("repair_ref_no", "Issue")
    ),
    *(
        "",
        " ",
        "null",
        "true",
        "0",
        '"x"',
        "[]",
        "[{}]",
        "{",
        "}",
        '{"a"}',
        "{'a': 1}",
        "\ufeff{}",
        '{"a":1}{"a":1}',
    ),
    *(
        "[" * 200_000,
        '{"a":' * 20_000,
        '{"a":NaN}',
        '{"a":1e999999999}',
        '{"Pincode":1e99999999999999999999}',
    ),
    *(
        '{"City":' + "9" * 10_000 + "}",
        '{"repair_ref_no":"\\ud83d"}',
        '{"\\u0000":1}',
        "{" + '"a":1,' * 9_000 + '"b":2}',
    ),
]


def post(live: Service, token: str, body: bytes) -> requests.Response:
    headers = {"Authorization": token, "Content-Type": "application/json"}
    return requests.post(
        f"{live.base}/api/warrantify/repair/single-order/", body, headers=headers, timeout=30
    )


@pytest.fixture(scope="module")
def token(live: Service) -> str:
    return live.token()


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_hostile_bodies_get_the_envelope(live: Service, token: str, body: str) -> None:
    answer = post(live, token, body.encode(errors="surrogatepass"))
    assert answer.status_code in {200, 400, 409, 413}
    assert answer.json()["Status_code"] == str(answer.status_code)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"\xc3\x28", b'{"Name": "\xed\xa0\x80"}', b"\x00" * 100, b"\xff\xfe{\x00}\x00"]
)
def test_bytes_that_are_no_utf_8_are_400(live: Service, token: str, body: bytes) -> None:
    assert post(live, token, body).json()["Message"] == "Malformed JSON body"


def test_a_megabyte_is_413(live: Service, token: str) -> None:
    assert post(live, token, b" " * 1_000_000).status_code == 413


def test_after_a_refused_body_of_50_kb_the_connection_lives_on(live: Service) -> None:
    with requests.Session() as session:
        url = f"{live.base}/api/warrantify/repair/single-order/"
        headers = {"Content-Type": "application/json"}
        assert session.post(url, b" " * 50_000, headers=headers, timeout=30).status_code == 401
        assert session.post(url, b"{}", headers=headers, timeout=30).status_code == 401


def test_a_client_without_credentials_gets_its_401_while_it_still_sends(live: Service) -> None:
    url = f"{live.base}/api/warrantify/repair/single-order/"
    answer = requests.post(url, b" " * 30_000_000, headers={"Content-Type": "application/json"}, timeout=30)
    assert answer.status_code == 401
