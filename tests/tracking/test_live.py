"""Tracking over HTTP against gunicorn, moved by the commands that operators use."""

from datetime import datetime
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import requests

from tests.support.orders import an_order
from tests.support.service import Service
from tests.support.workbooks import workbook

CODES = {
    flow: [
        step["code"]
        for step in import_module("tracking.migrations.0002_documented_workflows")._steps_of(flow)
    ]
    for flow in ("service_center", "technician", "no_part")
}


def look_up(live: Service, reference: str, method: str = "GET", **headers: str) -> requests.Response:
    url = f"{live.base}/api/warrantify/claim/tracking/"
    headers["X-API-Key"] = live.api_key
    return requests.request(method, url, params={"ReferenceID": reference}, headers=headers, timeout=30)


def order(live: Service, reference: str) -> str:
    headers = {"Authorization": f"Bearer {live.token()}"}
    url = f"{live.base}/api/warrantify/repair/single-order/"
    answer = requests.post(url, json=an_order(repair_ref_no=reference), headers=headers, timeout=30)
    return str(answer.json()["DATA"]["request_id"])


def history(answer: requests.Response) -> list[str]:
    return [entry["status"] for entry in answer.json()["DATA"]["tracking_details"]]


def test_every_status_of_every_workflow_is_walked_to_delivered(live: Service, tmp_path: Path) -> None:
    for flow in CODES:
        order(live, f"WALK-{flow}")
    now = datetime.now(ZoneInfo("Asia/Kolkata"))
    rows = [
        {"Reference": f"WALK-{flow}", "Status": code, "Date": f"{now:%d-%m-%Y %H:%M:%S}", "Workflow": flow}
        for flow, codes in CODES.items()
        for code in codes
    ]
    (tmp_path / "walk.xlsx").write_bytes(workbook(*rows, columns=tuple(rows[0])))
    imported = live.manage("import_statuses", str(tmp_path / "walk.xlsx"))
    assert imported.stdout == "55 statuses recorded, 0 refused.\n", imported
    for flow, codes in CODES.items():
        answer = look_up(live, f"WALK-{flow}")
        assert [status.removesuffix(" - 1") for status in history(answer)] == codes
        assert answer.json()["DATA"]["is_final"]


def test_a_recorded_status_is_seen_and_a_refused_one_is_not(live: Service) -> None:
    request_id = order(live, "LIVE-RECORD")
    assert look_up(live, request_id).json()["Message"] == "No tracking information available"
    assert live.manage("record_status", request_id, "approved").returncode == 0
    refused = live.manage("record_status", request_id, "pickup done")
    assert refused.returncode == 1
    assert refused.stderr.startswith('CommandError: "pickup done" comes before "approved"')
    assert history(look_up(live, "LIVE-RECORD")) == ["created", "approved"]


def test_head_and_304_have_no_body_and_keep_the_connection(live: Service) -> None:
    request_id = order(live, "LIVE-HEAD")
    full = look_up(live, request_id)
    head = look_up(live, request_id, "HEAD")
    assert head.headers["ETag"] == full.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(full.content))
    same = look_up(live, request_id, **{"If-None-Match": full.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert "Content-Length" not in same.headers
    assert head.content == b""
