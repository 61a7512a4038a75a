"""Claims, leases, limits, order and dead letters of the outbox."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from outbox import claims, handlers, queue
from outbox.handlers import Handler, Outcome
from outbox.mails import queue_notice
from outbox.models import Destination, Message
from outbox.worker import deliver, run_due, shares

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


class Probe(Handler):
    """Delivers by noting; references that contain `bad` fail."""

    kind = "probe"
    max_attempts = 3
    batch = 2
    stops_on_failure = True
    keep = HOUR

    def __init__(self) -> None:
        self.delivered: list[str] = []

    def wait_after(self, attempts: int) -> timedelta:
        return attempts * HOUR

    def prepare(self, messages: Sequence[Message]) -> dict[int, Any]:
        return {message.pk: message.reference for message in messages}

    def deliver(self, message: Message, prepared: Any) -> Outcome:
        self.delivered.append(message.reference)
        if "crash" in message.reference:
            raise RuntimeError("no")
        return Outcome("bad" not in message.reference, "it was bad")


@pytest.fixture
def probe() -> Iterator[Probe]:
    handler = Probe()
    handlers.register(handler)
    yield handler
    del handlers._HANDLERS["probe"]


def enqueue(*references: str, name: str = "one", lane: str = "") -> Destination:
    to = queue.destination("probe", name)
    for reference in references:
        queue.enqueue(to, reference, lane=lane)
    return to


def test_many_at_once_are_stored_like_one_alone_and_in_order() -> None:
    to, now = queue.destination("probe", "one"), timezone.now()
    alone = queue.enqueue(to, "r0", lane="a", due_at=now)
    drafts = [queue.Draft(to.pk, f"r{n}", "a") for n in range(queue.INSERT_BATCH + 1)]
    queue.enqueue_many(drafts, now)
    stored = Message.objects.exclude(pk=alone.pk).order_by("pk").values()
    assert [row["reference"] for row in stored] == [draft.reference for draft in drafts]
    own = {"id": alone.pk, "created_at": alone.created_at}
    assert {**stored[0], **own} == Message.objects.filter(pk=alone.pk).values()[0]


def test_a_draft_with_a_reason_is_stored_as_a_dead_letter() -> None:
    to, now = queue.destination("probe", "one"), timezone.now()
    queue.enqueue_many([queue.Draft(to.pk, "r", "a", "off")], now)
    message = Message.objects.get()
    assert (message.state, message.error, message.finished_at) == ("failed", "off", now)


def claim(limit: int = 64) -> list[str]:
    claimed = claims.claim(limit, ["probe"])
    return sorted(message.reference for claim in claimed for message in claim.messages)


def make_due() -> None:
    Message.objects.update(due_at=timezone.now())
    Destination.objects.update(leased_until=None, retry_at=None)


def test_a_claimed_message_is_not_claimed_again_within_its_lease(probe: Probe) -> None:
    enqueue("a")
    assert claim() == ["a"]
    assert claim() == []


def test_after_its_lease_a_message_is_claimed_again(probe: Probe) -> None:
    enqueue("a")
    claim()
    Destination.objects.update(leased_until=timezone.now())
    assert claim() == ["a"]
    assert Message.objects.get().attempts == 1


def test_a_destination_gets_no_more_than_its_limit_in_flight(probe: Probe) -> None:
    enqueue("a", "b", "c")
    assert claim() == ["a", "b"]
    assert claim() == []


def test_a_full_destination_holds_up_no_other(probe: Probe) -> None:
    enqueue("a", "b", "c")
    enqueue("d", name="other")
    assert claim() == ["a", "b", "d"]


def test_no_more_is_claimed_than_the_caller_can_send(probe: Probe) -> None:
    for name in ("one", "two", "three"):
        enqueue("a", name=name)
    assert len(claim(limit=2)) == 2


def test_the_last_message_of_a_claim_frees_its_destination(probe: Probe) -> None:
    enqueue("a", "b", "c")
    [claimed] = claims.claim(1, ["probe"])
    for message in claimed.messages:
        assert claim() == []
        claims.settle([(claimed, message, Outcome(True))])
    assert claim() == ["c"]


def test_what_was_not_tried_costs_no_attempt(probe: Probe) -> None:
    enqueue("a")
    [claimed] = claims.claim(1, ["probe"])
    claims.settle([(claimed, claimed.messages[0], None)])
    assert claim() == ["a"]
    assert Message.objects.get().attempts == 0


def test_a_failed_message_lets_the_next_of_its_lane_go(probe: Probe) -> None:
    enqueue("bad", "next", lane="x")
    for _ in range(3):
        run_due()
        make_due()
    assert probe.delivered == ["bad", "bad", "bad", "next"]


def test_a_failing_destination_is_tried_with_its_oldest_message_only(probe: Probe) -> None:
    enqueue("bad 1", "bad 2", "good")
    run_due()
    make_due()
    run_due()
    assert probe.delivered == ["bad 1", "bad 1"]
    assert list(Message.objects.exclude(reference="bad 1").values_list("attempts", flat=True)) == [0, 0]


def test_a_success_ends_the_failing(probe: Probe) -> None:
    to = enqueue("bad")
    run_due()
    to.refresh_from_db()
    assert to.failing_since is not None
    Message.objects.update(reference="good")
    make_due()
    run_due()
    to.refresh_from_db()
    assert to.failing_since is None


def test_a_paused_destination_is_left_alone(probe: Probe) -> None:
    enqueue("a")
    Destination.objects.update(is_paused=True)
    assert claim() == []


def test_a_crash_of_the_handler_is_a_failure_to_be_tried_again(probe: Probe) -> None:
    enqueue("crash")
    run_due()
    message = Message.objects.get()
    assert (message.state, message.error) == ("pending", "RuntimeError: no")
    assert message.due_at > timezone.now() + HOUR / 2


def test_after_the_last_attempt_it_is_a_dead_letter_that_can_be_sent_again(probe: Probe) -> None:
    enqueue("bad")
    for _ in range(3):
        run_due()
        make_due()
    message = Message.objects.get()
    assert (message.state, message.attempts) == ("failed", 3)
    assert queue.requeue(Message.objects.all()) == 1
    assert claim() == ["bad"]


def test_what_is_sent_again_does_not_wait_for_a_failing_destination(probe: Probe) -> None:
    enqueue("bad 1", "bad 2")
    run_due()
    assert claim() == []
    Message.objects.filter(reference="bad 1").update(state="failed")
    queue.requeue(Message.objects.filter(state="failed"))
    assert claim() == ["bad 1"]


def test_a_message_that_kills_each_worker_comes_to_an_end(probe: Probe) -> None:
    enqueue("a")
    for _ in range(Probe.max_attempts):
        assert claim() == ["a"]
        Destination.objects.update(leased_until=timezone.now())
    assert claim() == []
    assert Message.objects.get().state == "failed"


def test_a_late_failure_does_not_touch_another_workers_claim(probe: Probe) -> None:
    enqueue("bad")
    [late] = claims.claim(1, ["probe"])
    make_due()
    [current] = claims.claim(1, ["probe"])
    claims.settle([(late, late.messages[0], Outcome(False, "late"))])
    assert Destination.objects.get().leased_until == current.destination.leased_until
    assert Message.objects.get().error == ""


def test_a_failure_noted_in_vain_at_first_counts_once(probe: Probe) -> None:
    enqueue("bad")
    [claimed] = claims.claim(1, ["probe"])
    failed = [(claimed, claimed.messages[0], Outcome(False, "it was bad"))]
    with pytest.raises(RuntimeError), transaction.atomic():
        claims.settle(failed)
        raise RuntimeError
    claims.settle(failed)
    assert Message.objects.get().attempts == 1


def test_a_lane_whose_turn_has_not_come_is_skipped(probe: Probe) -> None:
    enqueue("a", "b", lane="x")
    enqueue("c", lane="y")
    Message.objects.filter(reference="a").update(due_at=timezone.now() + HOUR)
    assert claim() == ["c"]


def test_the_threads_of_a_batch_share_it_by_lanes(probe: Probe) -> None:
    enqueue("a", "b", lane="x")
    enqueue("c", "d", lane="y")
    enqueue("e")
    split = shares(list(Message.objects.select_related("destination").order_by("pk")), 2)
    assert [[message.reference for message in share] for share in split] == [["a", "b", "e"], ["c", "d"]]


def test_what_cannot_be_prepared_fails_and_is_tried_again(probe: Probe) -> None:
    enqueue("a")
    [claimed] = claims.claim(1, ["probe"])
    assert not deliver(claimed.messages[0], None).is_delivered


def test_finished_messages_are_pruned_by_age_and_pending_ones_kept(probe: Probe) -> None:
    enqueue("old", "new", "waiting")
    run_due("probe")
    Message.objects.exclude(reference="new").update(created_at=timezone.now() - 2 * HOUR)
    Message.objects.filter(reference="waiting").update(state="pending")
    assert queue.prune() == 1
    assert sorted(Message.objects.values_list("reference", flat=True)) == ["new", "waiting"]


def test_a_notice_is_mailed_with_its_message_id(db: None, mailoutbox: list[Any]) -> None:
    queue_notice("ops@acme.example", "Subject", "Text", "wh_1")
    run_due()
    [mail] = mailoutbox
    assert (mail.to, mail.subject, mail.body) == (["ops@acme.example"], "Subject", "Text")
    assert mail.extra_headers["Message-ID"] == Message.objects.get().payload["message_id"]
