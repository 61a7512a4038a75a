"""Summary mails in the outbox, with real workers, a real SMTP server, and kill -9."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.utils import timezone

from outbox import queue
from outbox.models import Message
from outbox.worker import run_due
from partners.services import NewPartner
from repairs.bulk import summary_email
from repairs.bulk.summary_email import SummaryMail
from repairs.models import BulkUpload
from tests.support.commands import Command
from tests.support.processes import free_port
from tests.support.service import Commands, Service
from tests.support.smtp import Sink, smtp_sink
from tests.support.workbooks import a_row, workbook

SMTP = "django.core.mail.backends.smtp.EmailBackend"
MAIL_PORT = free_port()


@pytest.fixture
def pending(acme: NewPartner, settings: Any) -> Message:
    """A queued summary, and Django set to send it by SMTP to a port on which nobody listens yet."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", free_port()
    upload = BulkUpload.objects.create(partner=acme.partner, client_email="desk@acme.example", file_size=1)
    summary_email.queue(upload)
    upload.save()
    assert upload.mail is not None
    return upload.mail


def make_due(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())


def test_a_server_that_was_down_gets_the_mail_once_it_is_up(pending: Message, settings: Any) -> None:
    assert run_due() == 1
    pending.refresh_from_db()
    assert (pending.state, pending.attempts) == ("pending", 1)
    assert pending.error.startswith("ConnectionRefusedError")
    with smtp_sink(port=settings.EMAIL_PORT) as sink:
        make_due(pending)
        assert run_due() == 1
    assert [message["Message-ID"] for message in sink.mails] == [pending.payload["message_id"]]
    pending.refresh_from_db()
    assert (pending.state, pending.error) == ("delivered", "")


def test_after_the_last_attempt_it_has_failed_and_can_be_sent_again(pending: Message, settings: Any) -> None:
    Message.objects.update(attempts=SummaryMail.max_attempts - 1)
    run_due()
    pending.refresh_from_db()
    assert pending.state == "failed"
    with smtp_sink(port=settings.EMAIL_PORT) as sink:
        queue.requeue(Message.objects.all())
        assert run_due() == 1
    assert len(sink.mails) == 1


def test_a_refusal_by_the_server_is_tried_again(pending: Message, settings: Any) -> None:
    with smtp_sink(port=settings.EMAIL_PORT, reply="451 Later"):
        run_due()
    pending.refresh_from_db()
    assert (pending.state, pending.error[:15]) == ("pending", "SMTPDataError: ")


# With real workers -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mailing(live: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Commands on the live service's database that send mail to `MAIL_PORT`."""
    environ = {**live.environ, "EMAIL_URL": f"smtp://127.0.0.1:{MAIL_PORT}"}
    forks = Commands(tmp_path_factory.mktemp("workers"), environ)
    yield forks
    forks.stop()


@contextmanager
def worker(mailing: Commands, *arguments: str) -> Iterator[Command]:
    """A worker, ended so that it gives its leases back."""
    process = mailing.begin("worker", *arguments)
    try:
        yield process
    finally:
        process.send(signal.SIGTERM)
        process.wait(30)


def upload_many(live: Service, count: int) -> str:
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
        "from django.utils import timezone; from outbox.models import Destination, Message;"
        "Message.objects.filter(state='pending').update(due_at=timezone.now());"
        "Destination.objects.update(leased_until=None)"
    )
    assert live.manage("shell", "-c", code).returncode == 0


def message_ids(sink: Sink, recipient: str) -> list[str]:
    return [str(message["Message-ID"]) for message in sink.to(recipient)]


def test_a_worker_killed_in_the_middle_loses_nothing(live: Service, mailing: Commands) -> None:
    recipient = upload_many(live, 20)
    with smtp_sink(delay=0.1, port=MAIL_PORT) as sink:
        with worker(mailing) as first:
            wait_until(lambda: len(sink.to(recipient)) >= 7)
            first.send(signal.SIGKILL)
            first.wait(30)
        expire_leases(live)
        with worker(mailing):
            wait_until(lambda: len(set(message_ids(sink, recipient))) == 20)
    assert len(message_ids(sink, recipient)) <= 21


def test_four_workers_send_each_mail_once(live: Service, mailing: Commands) -> None:
    recipient = upload_many(live, 60)
    with smtp_sink(delay=0.02, port=MAIL_PORT) as sink, worker(mailing), worker(mailing), worker(mailing):
        with worker(mailing):
            wait_until(lambda: len(sink.to(recipient)) >= 60)
        time.sleep(1)  # for a second copy to show
    assert len(message_ids(sink, recipient)) == len(set(message_ids(sink, recipient))) == 60


def test_sigterm_ends_a_worker_after_the_mail_in_hand(live: Service, mailing: Commands) -> None:
    recipient = upload_many(live, 5)
    with smtp_sink(delay=1, port=MAIL_PORT) as sink, worker(mailing) as process:
        wait_until(lambda: len(sink.to(recipient)) >= 1)
        process.send(signal.SIGTERM)
        assert process.wait(30)["returncode"] == 0
        sent = message_ids(sink, recipient)
    mails = f"BulkUpload.objects.filter(client_email='{recipient}', mail__state='delivered')"
    code = f"from repairs.models import BulkUpload; print({mails}.count())"
    assert int(live.manage("shell", "-v", "0", "-c", code).stdout) == len(sent)


def test_once_sends_what_is_due_and_exits(live: Service, mailing: Commands) -> None:
    recipient = upload_many(live, 2)
    with smtp_sink(port=MAIL_PORT) as sink, worker(mailing, "--once") as process:
        assert process.wait(120)["returncode"] == 0
    assert len(set(message_ids(sink, recipient))) == 2


def test_the_message_on_the_wire_has_both_texts_and_the_workbook(live: Service, mailing: Commands) -> None:
    recipient = upload_many(live, 1)
    with smtp_sink(port=MAIL_PORT) as sink, worker(mailing, "--once") as process:
        process.wait(120)
    [message] = sink.to(recipient)
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds[:2] == ["text/plain", "text/html"]
    [attachment] = message.iter_attachments()
    assert attachment.get_filename() == "repair_orders_result.xlsx"
