"""The summary mail of an upload: queued with its orders, sent by the worker, never lost.

It is sent at least once, and twice only where a worker died between the mail server's acceptance and
our note of it - with the same Message-ID, by which mail clients recognise the copy.
"""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from outbox import queue as outbox
from outbox.mails import MailHandler, message_id
from outbox.models import Message
from repairs.bulk.orders_sheet import MEDIA_TYPE, RESULT_NAME
from repairs.models import BulkUpload, RowOutcome

# Nothing of the partner's gets into a header but the address.
SUBJECT = "Repair orders: %d uploaded, %d duplicate, %d invalid"
MAX_LISTED = 200  # rows of a kind in the mail's body; the workbook has them all


class SummaryMail(MailHandler):
    """Sends the summaries of uploads."""

    kind = "upload_summary"

    def prepare(self, messages: Sequence[Message]) -> dict[int, EmailMultiAlternatives]:
        """Returns the mails, each with its workbook."""
        uploads = {upload.mail_id: upload for upload in BulkUpload.objects.filter(mail__in=messages)}
        return {
            message.pk: _mail(uploads[message.pk], message.payload["message_id"])
            for message in messages
            if message.pk in uploads
        }


def queue(upload: BulkUpload) -> None:
    """Queues the summary; the caller saves, in the transaction that stores the orders."""
    mail = outbox.enqueue(
        outbox.destination(SummaryMail.kind), str(upload.pk), payload={"message_id": message_id()}
    )
    upload.mail_id = mail.pk  # the objects would hold each other, with all rows, until a collection


def _mail(upload: BulkUpload, identity: str) -> EmailMultiAlternatives:
    from repairs.bulk.result_workbook import annotated  # loads openpyxl

    context = _context(upload)
    mail = EmailMultiAlternatives(
        subject=SUBJECT % (upload.uploaded_count, upload.duplicate_count, upload.invalid_count),
        body=render_to_string("repairs/summary.txt", context),
        to=[upload.client_email],
        headers={"Message-ID": identity},
    )
    mail.attach_alternative(render_to_string("repairs/summary.html", context), "text/html")
    mail.attach(RESULT_NAME, annotated(upload), MEDIA_TYPE)
    return mail


def _context(upload: BulkUpload) -> dict[str, Any]:
    rows = upload.described_rows()
    invalid = [row for row in rows if row["outcome"] == RowOutcome.INVALID]
    duplicates = [row for row in rows if row["outcome"] not in (RowOutcome.INVALID, RowOutcome.STORED)]
    return {
        "upload": upload,
        "report": RESULT_NAME,
        "invalid": invalid[:MAX_LISTED],
        "invalid_unlisted": max(0, len(invalid) - MAX_LISTED),
        "duplicates": duplicates[:MAX_LISTED],
        "duplicates_unlisted": max(0, len(duplicates) - MAX_LISTED),
    }
