"""Balances a ledger against the database: nothing lost, nothing twice, no half upload."""

from collections import Counter
from typing import NamedTuple

from chaos.load import Ledger
from chaos.topology import Topology

ORDERS = "SELECT repair_ref_no, request_id FROM repairs_repairorder"
UNSENT = "SELECT count(*) FROM repairs_bulkupload WHERE mail_state = 'pending'"
UPLOADS = "SELECT count(*) FROM repairs_bulkupload WHERE mail_state = 'sent'"


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
    return Balance(lost, duplicated, halves, ledger.contradictions)
