"""Mails in the outbox: what all kinds of them share, and the plain notice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from outbox import queue
from outbox.handlers import Handler, Outcome
from outbox.models import Message

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)


class MailHandler(Handler):
    """The base of handlers that send mails: 60 attempts in about two days.

    A subclass returns whole mails from `prepare`, so that a sending thread needs no database.
    """

    max_attempts = 60

    def wait_after(self, attempts: int) -> timedelta:
        """Doubles from `FIRST_WAIT` up to `LONGEST_WAIT`."""
        return min(FIRST_WAIT * (1 << min(attempts - 1, 16)), LONGEST_WAIT)

    @classmethod
    def queue(cls, reference: str, *, due_at: datetime | None = None, **payload: object) -> Message:
        """Queues a mail in the caller's transaction; `reference` says to staff what it is about."""
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        kept = {**payload, "message_id": make_msgid(domain=domain)}  # a repeated mail must carry the same
        return queue.enqueue(queue.destination(cls.kind), reference, payload=kept, due_at=due_at)

    def deliver(self, message: Message, prepared: Any) -> Outcome:
        """Sends one mail."""
        mail: EmailMultiAlternatives = prepared
        if mail.send() != 1:
            return Outcome(False, "The mail backend sent nothing.")
        return Outcome(True)


def mail_of(message: Message, to: str, subject: str, text: str, html: str = "") -> EmailMultiAlternatives:
    """Returns the mail of a queued message, under the Message-ID that it keeps."""
    headers = {"Message-ID": message.payload["message_id"]}
    mail = EmailMultiAlternatives(subject=subject, body=text, to=[to], headers=headers)
    if html:
        mail.attach_alternative(html, "text/html")
    return mail


class NoticeMail(MailHandler):
    """Sends a plain text to one address."""

    kind = "notice"
    keep = timedelta(days=90)

    def prepare(self, messages: Sequence[Message]) -> dict[int, EmailMultiAlternatives]:
        """Returns the mails; their payloads hold them whole."""
        return {
            message.pk: mail_of(message, *(message.payload[name] for name in ("to", "subject", "text")))
            for message in messages
        }


def queue_notice(to: str, subject: str, text: str, reference: str) -> None:
    """Queues a notice in the caller's transaction."""
    NoticeMail.queue(reference, to=to, subject=subject, text=text)
