"""From the first order to the first poll. Needs Python 3.9+ and requests.

WARRANTIFY_URL, WARRANTIFY_USERNAME, WARRANTIFY_PASSWORD and WARRANTIFY_API_KEY come from the environment.
"""

import os
import sys
import time

import requests

API = os.environ["WARRANTIFY_URL"] + "/api/warrantify"
KEY = {"X-API-Key": os.environ["WARRANTIFY_API_KEY"]}


def call(method: str, path: str, **options) -> requests.Response:
    """Sends again while the service is busy or away; safe for every endpoint."""
    for pause in (1, 2, 4, 8, 0):
        try:
            answer = requests.request(method, API + path, timeout=30, **options)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(pause)
            continue
        if answer.status_code not in (429, 500, 502, 503, 504):
            return answer
        time.sleep(int(answer.headers.get("Retry-After", pause)))
    sys.exit("The service does not answer.")


def log_in() -> dict:
    credentials = {
        "username": os.environ["WARRANTIFY_USERNAME"],
        "password": os.environ["WARRANTIFY_PASSWORD"],
    }
    answer = call("POST", "/token/", json=credentials)
    if answer.status_code != 200:
        sys.exit(f"No token: {answer.json()['Message']}. Check WARRANTIFY_USERNAME and WARRANTIFY_PASSWORD.")
    return {"Authorization": "Bearer " + answer.json()["access"]}


def raise_order(order: dict, token: dict) -> str:
    """The order's request ID, whether this was its first sending (200) or not (409)."""
    answer = call("POST", "/repair/single-order/", json=order, headers=token)
    body = answer.json()
    if answer.status_code not in (200, 409):
        sys.exit(f"{body['Message']}: {body.get('Errors')}")
    return body["DATA"]["request_id"]


def upload(workbook: bytes, validate_only: bool) -> dict:
    parts = {"Client Email": "repairs@example.com", "Client Name": "Acme Devices"}
    if validate_only:
        parts["Validate Only"] = "true"
    files = {"customFile": ("orders.xlsx", workbook)}
    return call("POST", "/repair/bulk-order/", data=parts, files=files, headers=KEY).json()


def track(reference: str, etag: str = "") -> requests.Response:
    """200, or 304 where nothing has changed since the answer with that ETag."""
    headers = {**KEY, "If-None-Match": etag} if etag else KEY
    return call("GET", "/claim/tracking/", params={"ReferenceID": reference}, headers=headers)


order = {
    "repair_ref_no": sys.argv[1] if len(sys.argv) > 1 else f"DEMO-{int(time.time())}",
    "client_name": "Acme Devices",
    "Name": "Amit Patel",
    "CustomerMobile": "9876543210",
    "CustomerEmail": "amit@example.com",
    "Engagement_Type": "Home",
    "AddressLine1": "Flat 301, Tower A",
    "City": "Bangalore",
    "State": "Karnataka",
    "Pincode": "560001",
    "AssetType": "Laptop",
    "Make": "Dell",
    "Model": "XPS 15",
    "IMEINo": "SN123456789",
    "centre_city": "Bangalore",
    "Issue": "Battery not charging",
    "Size": "15 inch",
}
token = log_in()
print("order:", raise_order(order, token))
print("again:", raise_order(order, token))

template = call("GET", "/sample-template/", headers=KEY).content
print("upload:", upload(template, validate_only=True)["Message"])

tracking = track(order["repair_ref_no"])
print("tracking:", tracking.text)
print("poll:", track(order["repair_ref_no"], tracking.headers["ETag"]).status_code)
