"""The summary mail of an upload: queued with its orders, sent by the worker, never lost.

The upload's row is its own place in the outbox. A worker claims it by a conditional UPDATE that
moves its due time past a lease; whoever dies with a mail in hand leaves it due again. So a mail is
sent at least once, and twice only where a worker died between the server's yes and our note of
it - with the same Message-ID, by which mail clients tell.
"""

import logging
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from repairs.bulk import result_workbook
from repairs.models import BulkUpload, RowOutcome
from warrantify.text import UNPRINTABLE

logger = logging.getLogger(__name__)

State = BulkUpload.MailState

LEASE = timedelta(minutes=5)  # longer than a sending takes at the slowest (EMAIL_TIMEOUT per step)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
MAX_ATTEMPTS = 60  # about two days
MAX_ERROR = 500
# Nothing of the partner's gets into a header but the address.
SUBJECT = "Repair orders: %d uploaded, %d duplicate, %d invalid"
MAX_LISTED = 200  # rows of a kind in the mail's body; the workbook has them all


def queue(upload: BulkUpload) -> None:
    """Marks the summary as due; the caller saves, in the transaction that stores the orders."""
    upload.mail_state = State.PENDING
    upload.mail_due_at = timezone.now()
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    upload.mail_message_id = upload.mail_message_id or make_msgid(domain=domain)


def resend(upload: BulkUpload) -> None:
    """Puts the summary back into the outbox with all its attempts; a pending one is hurried."""
    queue(upload)
    upload.mail_attempts = 0
    upload.mail_error = ""
    upload.save(update_fields=["mail_state", "mail_due_at", "mail_message_id", "mail_attempts", "mail_error"])


def wait_after(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: doubling from `FIRST_WAIT`, capped."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 16)), LONGEST_WAIT)


def send_next() -> bool:
    """Claims one due mail and tries to send it; False where none was due."""
    claimed = _claim()
    if claimed is None:
        return False
    upload, lease = claimed
    try:
        _send(upload)
    except Exception as error:  # whatever it is, the mail must come round again
        _note_failure(upload, lease, error)
    else:
        BulkUpload.objects.filter(pk=upload.pk).update(
            mail_state=State.SENT, mail_sent_at=timezone.now(), mail_due_at=None, mail_error=""
        )
        logger.info("Sent the summary of upload %s", upload.pk)
    return True


def _claim() -> tuple[BulkUpload, datetime] | None:
    """A due mail that is ours until the returned time."""
    while True:
        now = timezone.now()
        due = BulkUpload.objects.filter(mail_state=State.PENDING, mail_due_at__lte=now)
        seen = due.order_by("mail_due_at").values_list("pk", "mail_due_at", "mail_attempts").first()
        if seen is None:
            return None
        pk, due_at, attempts = seen
        unclaimed = due.filter(pk=pk, mail_due_at=due_at)
        if attempts >= MAX_ATTEMPTS:  # each time its worker died
            unclaimed.update(mail_state=State.FAILED, mail_due_at=None)
        elif unclaimed.update(mail_due_at=now + LEASE, mail_attempts=F("mail_attempts") + 1):
            return BulkUpload.objects.get(pk=pk), now + LEASE


def _note_failure(upload: BulkUpload, lease: datetime, error: Exception) -> None:
    is_last = upload.mail_attempts >= MAX_ATTEMPTS
    logger.warning(
        "Summary of upload %s: attempt %s failed%s (%s)",
        upload.pk,
        upload.mail_attempts,
        ", the last" if is_last else "",
        type(error).__name__,
    )
    # Under the lease: after it another worker may have the mail.
    BulkUpload.objects.filter(pk=upload.pk, mail_due_at=lease).update(
        mail_state=State.FAILED if is_last else State.PENDING,
        mail_due_at=None if is_last else timezone.now() + wait_after(upload.mail_attempts),
        mail_error=UNPRINTABLE.sub(" ", f"{type(error).__name__}: {error}")[:MAX_ERROR],
    )


def _send(upload: BulkUpload) -> None:
    context = _context(upload)
    message = EmailMultiAlternatives(
        subject=SUBJECT % (upload.uploaded_count, upload.duplicate_count, upload.invalid_count),
        body=render_to_string("repairs/summary.txt", context),
        to=[upload.client_email],
        headers={"Message-ID": upload.mail_message_id},
    )
    message.attach_alternative(render_to_string("repairs/summary.html", context), "text/html")
    message.attach(result_workbook.FILE_NAME, result_workbook.annotated(upload), result_workbook.MEDIA_TYPE)
    if message.send() != 1:
        raise RuntimeError("the mail backend sent nothing")


def _context(upload: BulkUpload) -> dict[str, Any]:
    invalid = [row for row in upload.rows if row["outcome"] == RowOutcome.INVALID]
    duplicates = [row for row in upload.rows if row["outcome"] not in (RowOutcome.INVALID, RowOutcome.STORED)]
    return {
        "upload": upload,
        "report": result_workbook.FILE_NAME,
        "invalid": [_line(row) for row in invalid[:MAX_LISTED]],
        "invalid_unlisted": max(0, len(invalid) - MAX_LISTED),
        "duplicates": [_line(row) for row in duplicates[:MAX_LISTED]],
        "duplicates_unlisted": max(0, len(duplicates) - MAX_LISTED),
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the mail lists it."""
    return {**row, "reasons": result_workbook.reasons(row), "label": RowOutcome(row["outcome"]).label}
