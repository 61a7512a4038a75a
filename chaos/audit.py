"""Balances a ledger against the database: nothing lost, nothing twice, no half upload."""

import time
from collections import Counter
from typing import NamedTuple

from chaos.load import Ledger
from chaos.topology import Topology

ORDERS = "SELECT repair_ref_no, request_id FROM repairs_repairorder"
PENDING = "SELECT count(*) FROM outbox_message WHERE state = 'pending'"
HALVES = (
    "SELECT count(*) FROM repairs_bulkupload u WHERE u.uploaded_count <>"
    " (SELECT count(*) FROM repairs_repairorder o WHERE o.upload_id = u.id)"
)
OWED = "SELECT count(*) FROM repairs_bulkupload"


class Balance(NamedTuple):
    lost: int
    duplicated: int
    halves: int
    contradictions: list[str]


def balance(topology: Topology, ledger: Ledger) -> Balance:
    stored: dict[str, list[str]] = {}
    for reference, request_id in topology.rows(ORDERS):
        stored.setdefault(str(reference), []).append(str(request_id))
    lost = sum(stored.get(reference) != [promised] for reference, promised in ledger.promised.items())
    every_id = Counter(request_id for ids in stored.values() for request_id in ids)
    duplicated = sum(count - 1 for count in every_id.values())
    duplicated += sum(len(stored.get(reference, [])) > 1 for reference in ledger.sent)
    halves = sum(0 < sum(row in stored for row in rows) < len(rows) for rows in ledger.uploads)
    [[unlike_report]] = topology.rows(HALVES)  # the uploads of clients that keep no ledger, too
    halves += int(str(unlike_report))
    return Balance(lost, duplicated, halves, ledger.contradictions)


def mails(topology: Topology, seconds: float) -> tuple[int, int, int, float]:
    """Uploads that owe a summary, summaries delivered, those delivered twice, and how long that took."""
    began = time.monotonic()
    while topology.rows(PENDING)[0][0] and time.monotonic() - began < seconds:
        time.sleep(0.5)
    delivered = Counter(topology.mail.message_ids())
    [[owed]] = topology.rows(OWED)
    twice = sum(count - 1 for count in delivered.values())
    return int(str(owed)), len(delivered), twice, time.monotonic() - began
