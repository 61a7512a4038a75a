"""Verifies a webhook by hand: WEBHOOK_SECRET, the three headers and the body from standard input."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time


def verified(secret: str, headers: dict, body: bytes) -> dict:
    """The event; ValueError where the signature is not ours or older than five minutes."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    timestamp = headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        raise ValueError("too old")
    signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    for signature in headers["webhook-signature"].split():
        if hmac.compare_digest(signature.encode(), f"v1,{expected}".encode()):
            return json.loads(body)
    raise ValueError("wrong signature")


sent = json.load(sys.stdin)  # {"headers": {...}, "body": "..."}
event = verified(os.environ["WEBHOOK_SECRET"], sent["headers"], sent["body"].encode())
print(event["type"])
