"""The floor: one WSGI function, psycopg2, hand-written SQL, and nothing else.

It does the whole work - signature, expiry, user, partner, every rule, unique IDs, duplicates - and
nothing beside it: no routing, no envelope for odd bodies, no logging. `SECRET` and `DATABASE_URL`
come from the environment.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import threading
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import psycopg2

SECRET = os.environ["JWT_SIGNING_KEY"].encode()
ZONE = ZoneInfo("Asia/Kolkata")

PLACE = r"[A-Za-z]+(?:[ -][A-Za-z]+)*"
ANY = r"[^\x00-\x1f\x7f-\x9f]+"
EMAIL = r"[^@\s]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
# wire name, column, maximum, pattern
RULES = [
    (name, column, maximum, re.compile(pattern).fullmatch)
    for name, column, maximum, pattern in (
        ("repair_ref_no", "repair_ref_no", 100, ANY),
        ("client_name", "client_name", 200, ANY),
        ("Name", "customer_name", 200, ANY),
        ("CustomerMobile", "customer_mobile", 10, "[0-9]{10}"),
        ("CustomerEmail", "customer_email", 254, EMAIL),
        ("Engagement_Type", "engagement_type", 10, "Home|Pickup|Walk-in"),
        ("AddressLine1", "address_line1", 500, ANY),
        ("AddressLine2", "address_line2", 500, f"(?:{ANY})?"),
        ("City", "city", 100, PLACE),
        ("State", "state", 100, PLACE),
        ("Pincode", "pincode", 6, "[0-9]{6}"),
        ("AssetType", "asset_type", 100, ANY),
        ("Make", "make", 100, ANY),
        ("Model", "model", 100, ANY),
        ("IMEINo", "imei_no", 100, ANY),
        ("centre_city", "centre_city", 100, ANY),
        ("Issue", "issue", 2000, ANY),
        ("Size", "size", 100, ANY),
    )
]

USER = """
    SELECT u.password, u.is_active AND p.is_active, p.id, o.request_id
    FROM partners_user u JOIN partners_partner p ON p.id = u.partner_id
    LEFT JOIN repairs_repairorder o ON o.partner_id = p.id AND o.repair_ref_no = %s
    WHERE u.id = %s"""

# Counter and order in one statement; an affine permutation stands in for the secret one.
INSERT = f"""
    WITH counter AS (
        INSERT INTO repairs_daycounter (day, issued) VALUES (%s, 1)
        ON CONFLICT (day) DO UPDATE SET issued = repairs_daycounter.issued + 1 RETURNING issued - 1 AS n)
    INSERT INTO repairs_repairorder
        (request_id, partner_id, created_by_id, created_at, source, {", ".join(rule[1] for rule in RULES)})
    SELECT %s || lpad((n / 10000 * 10000 + (n * 7919 + 4177) %% 10000)::text, 4, '0'),
        %s, %s, %s, 'api', {", ".join(["%s"] * len(RULES))} FROM counter
    RETURNING request_id"""

KEY = """
    SELECT k.digest, k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
        AND p.is_active, p.id
    FROM partners_apikey k JOIN partners_partner p ON p.id = k.partner_id WHERE k.prefix = %s"""

# A request ID wins over a reference.
EVENTS = """
    SELECT e.occurred_at, s.code, s.numbered
    FROM (
        SELECT id FROM (
            SELECT id, 0 AS rank FROM repairs_repairorder WHERE request_id = %s AND partner_id = %s
            UNION ALL
            SELECT id, 1 FROM repairs_repairorder WHERE partner_id = %s AND repair_ref_no = %s
        ) found ORDER BY rank LIMIT 1
    ) o
    LEFT JOIN tracking_trackingevent e ON e.tracking_id = o.id AND e.voided_at IS NULL
    LEFT JOIN tracking_workflowstep s ON s.id = e.step_id
    ORDER BY e.id"""

local = threading.local()


def cursor():
    if not hasattr(local, "cursor"):
        connection = psycopg2.connect(os.environ["DATABASE_URL"])
        connection.autocommit = True
        local.cursor = connection.cursor()
        local.cursor.execute("SET TIME ZONE 'UTC'")
    return local.cursor


def user_of(header):
    """(user ID, password claim) of a valid token, else None."""
    try:
        signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
        expected = hmac.digest(SECRET, signed.encode(), "sha256")
        if not hmac.compare_digest(base64.urlsafe_b64decode(signature + "=="), expected):
            return None
        head, _, payload = signed.partition(".")
        if json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] != "HS256":
            return None
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        if claims["exp"] <= time.time() or claims["token_type"] != "access":
            return None
        return int(claims["user_id"]), claims["hash_password"]
    except (KeyError, ValueError):
        return None


def judge(data):
    values, errors = [], []
    for name, _, maximum, matches in RULES:
        text = data.get(name)
        text = text.strip() if isinstance(text, str) else "" if text is None else "\0"
        if len(text) > maximum or not matches(text):
            errors.append(name)
        values.append(text)
    return values, errors


def post(environ):
    caller = user_of(environ.get("HTTP_AUTHORIZATION", ""))
    if caller is None:
        return "401 Unauthorized", {"Message": "Invalid or missing token"}
    data = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    values, errors = judge(data)
    run = cursor()
    run.execute(USER, (values[0], caller[0]))
    row = run.fetchone()
    if row is None or not row[1] or hashlib.md5(row[0].encode()).hexdigest().upper() != caller[1]:
        return "401 Unauthorized", {"Message": "Invalid or missing token"}
    if errors:
        return "400 Bad Request", {"Message": "Invalid request data", "Errors": errors}
    if row[3]:
        return "409 Conflict", {"DATA": {"request_id": row[3], "service_request_id": values[0]}}
    now = datetime.now(UTC)
    day = now.astimezone(ZONE).date()
    run.execute(INSERT, (day, f"REPAIR{day:%Y%m%d}", row[2], caller[0], now, *values))
    return "200 OK", {
        "Success": "True",
        "Message": "Repair request has been raised successfully",
        "Status_code": "200",
        "DATA": {"request_id": run.fetchone()[0], "service_request_id": values[0]},
    }


def get(environ):
    key = environ.get("HTTP_X_API_KEY", "")
    run = cursor()
    run.execute(KEY, (key[3:15],))
    row = run.fetchone()
    if not (row and row[1] and hmac.compare_digest(row[0], hashlib.sha256(key.encode()).hexdigest())):
        return "401 Unauthorized", {"Message": "Invalid or missing API key"}
    reference = parse_qs(environ["QUERY_STRING"]).get("ReferenceID", [""])[0]
    run.execute(EVENTS, (reference, row[2], row[2], reference))
    rows = run.fetchall()
    if not rows:
        return "404 Not Found", {"Message": "Reference ID does not exist"}
    details, visits = [], {}
    for occurred_at, code, numbered in rows if rows[0][0] else ():
        visits[code] = visits.get(code, 0) + 1
        d = occurred_at.astimezone(ZONE)
        date = f"{d.day:02}-{d.month:02}-{d.year} {d.hour:02}:{d.minute:02}:{d.second:02}"
        details.append({"date": date, "status": f"{code} - {visits[code]}" if numbered else code})
    return "200 OK", {
        "Success": "True",
        "Status_code": "200",
        "DATA": {"current_status": details[-1] if details else None, "tracking_details": details},
    }


def application(environ, start_response):
    status, body = (post if environ["REQUEST_METHOD"] == "POST" else get)(environ)
    answer = json.dumps(body).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
