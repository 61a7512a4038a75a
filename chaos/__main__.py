"""`python -m chaos`: every fault under load, one line each, and exit status 1 where a promise broke."""

import argparse
import os
import signal
import sys
import time
from dataclasses import dataclass

from chaos import pushes
from chaos.audit import Balance, balance, mails
from chaos.faults import FAULTS, Fault
from chaos.load import Load
from chaos.topology import DATABASES, Topology, running

ANSWER_SECONDS = 5.0
MAIL_SECONDS = 150.0  # a killed worker's lease is a minute


@dataclass(frozen=True)
class Outcome:
    """What one fault did to the callers; seconds are measured from the fault's end."""

    fault: Fault
    requests: int
    answered: int
    refused: int
    broken: int
    slowest_refusal: float
    recovery: float
    balance: Balance

    def faults(self) -> list[str]:
        """What broke a promise."""
        found = [
            (self.balance.lost, "orders lost"),
            (self.balance.duplicated, "orders twice"),
            (self.balance.halves, "half uploads"),
            (len(self.balance.contradictions), f"wrong answers: {self.balance.contradictions[:3]}"),
            (self.slowest_refusal > ANSWER_SECONDS, f"a refusal took over {ANSWER_SECONDS:.0f} s"),
            (not self.answered, "nothing was answered"),
            ((self.refused + self.broken) if not self.fault.noticed else 0, "requests failed"),
        ]
        return [text for wrong, text in found if wrong]


def endure(topology: Topology, fault: Fault, clients: int, warm_up: float = 1.5, after: float = 4) -> Outcome:
    load = Load(topology, clients=clients)
    with load:
        time.sleep(warm_up)
        with fault.inject(topology):
            time.sleep(fault.hold)
        healed = time.monotonic()
        time.sleep(after)
    endings = load.ledger.endings
    failures = [when for when, _, kind in endings if kind in {"refused", "broken"}]
    return Outcome(
        fault,
        requests=len(endings),
        answered=load.count("200"),
        refused=load.count("refused"),
        broken=load.count("broken"),
        slowest_refusal=max((seconds for _, seconds, kind in endings if kind == "refused"), default=0.0),
        recovery=max(0.0, max(failures, default=healed) - healed),
        balance=balance(topology, load.ledger),
    )


HEAD = ("fault", "requests", "200", "503", "broken", "slowest 503 s", "lost", "twice", "halves", "recovery s")
FORM = "| {:<40} | {:>8} | {:>5} | {:>5} | {:>6} | {:>13} | {:>4} | {:>5} | {:>6} | {:>10} |"


def line(outcome: Outcome) -> str:
    return FORM.format(
        outcome.fault.name,
        outcome.requests,
        outcome.answered,
        outcome.refused,
        outcome.broken,
        f"{outcome.slowest_refusal:.1f}",
        outcome.balance.lost,
        outcome.balance.duplicated,
        outcome.balance.halves,
        f"{outcome.recovery:.1f}",
    )


def campaign(database: str, chosen: str, clients: int) -> list[str]:
    """Runs the faults on one topology and prints the table; returns what broke a promise."""
    broken, endured = [], 0
    with running(database) as topology:
        print(f"\n{database}, {clients} clients")
        print(FORM.format(*HEAD), flush=True)
        for fault in FAULTS:
            if database not in fault.databases or chosen not in fault.name:
                continue
            if fault.needs_root and os.geteuid():
                print(f"| {fault.name:<40} | not tried: it mounts a tmpfs, which root may")
                continue
            outcome = endure(topology, fault, clients)
            endured += 1
            print(line(outcome), flush=True)
            broken += [f"{database}, {fault.name}: {text}" for text in outcome.faults()]
        uploads, sent, twice, seconds = mails(topology, MAIL_SECONDS)
        print(f"mails: {uploads} uploads, {sent} summaries delivered, {twice} twice, after {seconds:.0f} s")
        # A fault may come after the mail server took the mail in hand and before that was noted; then
        # it goes out once more, under the same Message-ID.
        if sent != uploads or twice > endured:
            broken.append(f"{database}, mails: {sent} of {uploads} delivered, {twice} twice")
        broken += pushes.campaign(topology, chosen)
    return broken


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append", help="both without it")
    parser.add_argument("--fault", default="", help="only those whose name contains this")
    parser.add_argument("--clients", type=int, default=6)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that everything started is ended
    broken = []
    for database in options.database or DATABASES:
        broken += campaign(database, options.fault, options.clients)
    print(*broken, sep="\n", file=sys.stderr)
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
