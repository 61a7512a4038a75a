"""The outbox: claimed, leased, tried again; with real workers, a real SMTP server, and kill -9."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.utils import timezone

from partners.services import NewPartner
from repairs.bulk import summary_email
from repairs.models import BulkUpload
from tests.support.processes import ROOT, free_port
from tests.support.service import Service
from tests.support.smtp import Sink, smtp_sink
from tests.support.workbooks import a_row, workbook

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def pending(acme: NewPartner, settings: Any) -> BulkUpload:
    """A queued summary, and Django set to send it by SMTP to a port on which nobody listens yet."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", free_port()
    upload = BulkUpload(partner=acme.partner, client_email="desk@acme.example", file_size=1)
    summary_email.queue(upload)
    upload.save()
    return upload


def make_due(upload: BulkUpload) -> None:
    BulkUpload.objects.filter(pk=upload.pk).update(mail_due_at=timezone.now())


def test_a_server_that_was_down_gets_the_mail_once_it_is_up(pending: BulkUpload, settings: Any) -> None:
    assert summary_email.send_next()
    pending.refresh_from_db()
    assert (pending.mail_state, pending.mail_attempts) == ("pending", 1)
    assert pending.mail_error.startswith("ConnectionRefusedError")
    with smtp_sink(port=settings.EMAIL_PORT) as sink:
        make_due(pending)
        assert summary_email.send_next()
    assert [message["Message-ID"] for message in sink.mails] == [pending.mail_message_id]
    pending.refresh_from_db()
    assert (pending.mail_state, pending.mail_error) == ("sent", "")


def test_a_failed_mail_waits_longer_each_time(pending: BulkUpload) -> None:
    for attempts in (1, 2, 3):
        before = timezone.now()
        summary_email.send_next()
        pending.refresh_from_db()
        assert pending.mail_due_at is not None
        waited = pending.mail_due_at - before
        assert (
            summary_email.wait_after(attempts)
            <= waited
            < summary_email.wait_after(attempts) + timedelta(seconds=10)
        )
        make_due(pending)


def test_a_waiting_mail_is_left_alone(pending: BulkUpload) -> None:
    summary_email.send_next()
    assert not summary_email.send_next()


def test_after_the_last_attempt_it_has_failed_and_can_be_sent_again(
    pending: BulkUpload, settings: Any
) -> None:
    BulkUpload.objects.update(mail_attempts=summary_email.MAX_ATTEMPTS - 1)
    summary_email.send_next()
    pending.refresh_from_db()
    assert (pending.mail_state, pending.mail_due_at) == ("failed", None)
    with smtp_sink(port=settings.EMAIL_PORT) as sink:
        summary_email.resend(pending)
        assert summary_email.send_next()
    assert len(sink.mails) == 1


def test_a_mail_that_kills_each_worker_comes_to_an_end(pending: BulkUpload) -> None:
    BulkUpload.objects.update(mail_attempts=summary_email.MAX_ATTEMPTS)
    assert not summary_email.send_next()
    pending.refresh_from_db()
    assert pending.mail_state == "failed"


def test_a_refusal_by_the_server_is_tried_again(pending: BulkUpload, settings: Any) -> None:
    with smtp_sink(port=settings.EMAIL_PORT, reply="451 Later"):
        summary_email.send_next()
    pending.refresh_from_db()
    assert (pending.mail_state, pending.mail_error[:15]) == ("pending", "SMTPDataError: ")


def test_a_claimed_mail_is_not_claimed_again_within_its_lease(pending: BulkUpload) -> None:
    claimed = summary_email._claim()
    assert claimed is not None
    assert claimed[0].pk == pending.pk
    assert summary_email._claim() is None


def test_a_late_failure_does_not_touch_another_workers_claim(pending: BulkUpload) -> None:
    late = summary_email._claim()
    make_due(pending)
    current = summary_email._claim()
    assert late is not None
    assert current is not None
    summary_email._note_failure(*late, OSError())
    pending.refresh_from_db()
    assert pending.mail_due_at == current[1]


# With real workers -----------------------------------------------------------------------------


@contextmanager
def worker(live: Service, sink: Sink, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker on the live service's database."""
    environ = {**live.environ, "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}"}
    command = [sys.executable, "manage.py", "worker", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def queue(live: Service, count: int) -> str:
    """Uploads `count` workbooks; returns the address of their summaries."""
    recipient = f"{uuid4().hex}@acme.example"
    for number in range(count):
        answer = requests.post(
            f"{live.base}/api/warrantify/repair/bulk-order/",
            data={"Client Email": recipient, "Client Name": "Acme"},
            files={"customFile": workbook(a_row(repair_ref_no=f"{recipient}-{number}"))},
            headers={"X-API-Key": live.api_key},
            timeout=60,
        )
        assert answer.status_code == 200
    return recipient


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def expire_leases(live: Service) -> None:
    """As if the lease of every claim had run out."""
    code = (
        "from django.utils import timezone; from repairs.models import BulkUpload;"
        "BulkUpload.objects.filter(mail_state='pending').update(mail_due_at=timezone.now())"
    )
    assert live.manage("shell", "-c", code).returncode == 0


def message_ids(sink: Sink, recipient: str) -> list[str]:
    return [str(message["Message-ID"]) for message in sink.to(recipient)]


def test_a_worker_killed_in_the_middle_loses_nothing(live: Service) -> None:
    recipient = queue(live, 20)
    with smtp_sink(delay=0.1) as sink:
        with worker(live, sink) as first:
            wait_until(lambda: len(sink.to(recipient)) >= 7)
            os.kill(first.pid, signal.SIGKILL)
            first.wait(30)
        expire_leases(live)
        with worker(live, sink):
            wait_until(lambda: len(set(message_ids(sink, recipient))) == 20)
    assert len(message_ids(sink, recipient)) <= 21


def test_four_workers_send_each_mail_once(live: Service) -> None:
    recipient = queue(live, 60)
    with smtp_sink(delay=0.02) as sink, worker(live, sink), worker(live, sink), worker(live, sink):
        with worker(live, sink):
            wait_until(lambda: len(sink.to(recipient)) >= 60)
        time.sleep(1)  # for a second copy to show
    assert len(message_ids(sink, recipient)) == len(set(message_ids(sink, recipient))) == 60


def test_sigterm_ends_a_worker_after_the_mail_in_hand(live: Service) -> None:
    recipient = queue(live, 5)
    with smtp_sink(delay=1) as sink, worker(live, sink) as process:
        wait_until(lambda: len(sink.to(recipient)) >= 1)
        process.terminate()
        assert process.wait(30) == 0
        sent = message_ids(sink, recipient)
    mails = f"BulkUpload.objects.filter(client_email='{recipient}', mail_state='sent')"
    code = f"from repairs.models import BulkUpload; print({mails}.count())"
    assert int(live.manage("shell", "-v", "0", "-c", code).stdout) == len(sent)


def test_once_sends_what_is_due_and_exits(live: Service) -> None:
    recipient = queue(live, 2)
    with smtp_sink() as sink, worker(live, sink, "--once") as process:
        assert process.wait(120) == 0
    assert len(set(message_ids(sink, recipient))) == 2


def test_the_message_on_the_wire_has_both_texts_and_the_workbook(live: Service) -> None:
    recipient = queue(live, 1)
    with smtp_sink() as sink, worker(live, sink, "--once") as process:
        process.wait(120)
    [message] = sink.to(recipient)
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds[:2] == ["text/plain", "text/html"]
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == "repair_orders_result.xlsx"
