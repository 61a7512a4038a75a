"""Sees that a contender does the work before it is timed: a fast wrong answer is no answer."""

import base64
import json

from benchmarks import database
from benchmarks.setup import API_KEY
from tests.support.orders import an_order

ORDER = an_order(repair_ref_no="CHECK-1", State="Tamil Nadu")
BREACHES = {
    "CustomerMobile": "987654321",
    "CustomerEmail": "nobody",
    "Engagement_Type": "home",
    "City": "Bangal0re",
    "State": "Tamil  Nadu",
    "Pincode": "5600011",
    "Name": " ",
    "Issue": "x" * 2001,
    "Model": "XPS\0",
}


class WrongAnswerError(Exception):
    """A contender does not do the work."""


def expect(server, what, seen, wanted):
    if seen != wanted:
        raise WrongAnswerError(f"{server.name}: {what}: {seen!r}, not {wanted!r}")


def send(server, token, **changes):
    body = json.dumps({key: value for key, value in (ORDER | changes).items() if value is not None})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    status, _, answer = server.request("POST", "repair/single-order/", body, headers)
    return status, json.loads(answer)


def is_refused(status):
    return status in (400, 422)  # FastAPI's word for 400


def forged(token):
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"user_id": "1", "exp": 4102444800}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{payload}.{signature}"


def check_post(server, token):
    """Stores, refuses every breach, knows a duplicate, believes only good tokens of active callers."""
    status, answer = send(server, token)
    expect(server, "a good order", (status, answer["Success"]), (200, "True"))
    data = answer["DATA"]
    expect(server, "the reference", data["service_request_id"], "CHECK-1")
    with database.cursor(server.database) as run:
        run.execute(
            "SELECT repair_ref_no, customer_name, state, issue, partner_id IS NOT NULL, created_by_id"
            " IS NOT NULL FROM repairs_repairorder WHERE request_id = %s",
            [data["request_id"]],
        )
        wanted = ("CHECK-1", ORDER["Name"], ORDER["State"], ORDER["Issue"], True, True)
        expect(server, "the row", run.fetchone(), wanted)
        run.execute("SELECT count(*) FROM repairs_repairorder")
        [count] = run.fetchone()
        expect(server, "a duplicate", send(server, token)[0], 409)
        for field, value in BREACHES.items():
            status, _ = send(server, token, repair_ref_no="CHECK-2", **{field: value})
            expect(server, f"{field} {value[:20]!r} refused", is_refused(status), True)
        status, _ = send(server, token, repair_ref_no="CHECK-2", Make=None)
        expect(server, "no Make refused", is_refused(status), True)
        expect(server, "a forged token", send(server, forged(token))[0], 401)
        run.execute("SELECT count(*) FROM repairs_repairorder")
        expect(server, "orders in all", run.fetchone()[0], count)
        for table in ("partners_user", "partners_partner"):
            run.execute(f"UPDATE {table} SET is_active = false")
            expect(server, f"inactive {table}", send(server, token, repair_ref_no="CHECK-3")[0], 401)
            run.execute(f"UPDATE {table} SET is_active = true")


def check_tracking(server, references):
    """Tells the history that the database holds, to its partner's active key alone."""
    with database.cursor(server.database) as run:
        for reference in references[:2]:  # a request ID and a partner's own reference
            run.execute(
                "SELECT to_char(e.occurred_at AT TIME ZONE 'Asia/Kolkata', 'DD-MM-YYYY HH24:MI:SS'),"
                " s.code || CASE WHEN s.numbered THEN ' - 1' ELSE '' END"
                " FROM tracking_trackingevent e JOIN tracking_workflowstep s ON s.id = e.step_id"
                " JOIN repairs_repairorder o ON o.id = e.tracking_id"
                " WHERE %s IN (o.request_id, o.repair_ref_no) ORDER BY e.id",
                [reference],
            )
            details = [{"date": date, "status": status} for date, status in run.fetchall()]
            status, _, body = server.get(reference, API_KEY)
            expect(server, f"tracking {reference}", status, 200)
            wanted = {"current_status": details[-1], "tracking_details": details}
            data = json.loads(body)["DATA"]  # ours says more, which is allowed
            expect(server, "history", {name: data[name] for name in wanted}, wanted)
        expect(server, "unknown reference", server.get("NONE", API_KEY)[0], 404)
        expect(server, "wrong key", server.get(references[0], API_KEY + "x")[0], 401)
        run.execute("UPDATE partners_partner SET is_active = false")
        expect(server, "inactive partner", server.get(references[0], API_KEY)[0], 401)
        run.execute("UPDATE partners_partner SET is_active = true")
