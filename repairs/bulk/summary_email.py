"""The summary mail of an upload: queued with its orders, sent by the worker, never lost.

It is sent at least once, and twice only where a worker died between the mail server's acceptance and
our note of it - with the same Message-ID, by which mail clients recognise the copy.
"""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from outbox.mails import MailHandler, mail_of
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
            message.pk: _mail(message, uploads[message.pk]) for message in messages if message.pk in uploads
        }


def queue(upload: BulkUpload) -> None:
    """Queues the summary; the caller saves, in the transaction that stores the orders."""
    # By its key: the two objects would hold each other, with all rows, until a collection of garbage.
    upload.mail_id = SummaryMail.queue(str(upload.pk)).pk


def _mail(message: Message, upload: BulkUpload) -> EmailMultiAlternatives:
    from repairs.bulk.result_workbook import annotated  # loads openpyxl

    context = _context(upload)
    subject = SUBJECT % (upload.uploaded_count, upload.duplicate_count, upload.invalid_count)
    text, html = (render_to_string(f"repairs/summary.{kind}", context) for kind in ("txt", "html"))
    mail = mail_of(message, upload.client_email, subject, text, html)
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
