"""Mails in the outbox: what all kinds of them share, and the plain notice."""

from collections.abc import Sequence
from datetime import timedelta
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from outbox import queue
from outbox.handlers import Handler, Outcome
from outbox.models import Message

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)


def message_id() -> str:
    """Returns a new Message-ID of our domain. Keep it: a repeated mail must carry the same."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return make_msgid(domain=domain)


class MailHandler(Handler):
    """The base of handlers that send mails: 60 attempts in about two days.

    A subclass returns whole mails from `prepare`, so that a sending thread needs no database.
    """

    max_attempts = 60

    def wait_after(self, attempts: int) -> timedelta:
        """Doubles from `FIRST_WAIT` up to `LONGEST_WAIT`."""
        return min(FIRST_WAIT * (1 << min(attempts - 1, 16)), LONGEST_WAIT)

    def deliver(self, message: Message, prepared: Any) -> Outcome:
        """Sends one mail."""
        mail: EmailMultiAlternatives = prepared
        if mail.send() != 1:
            return Outcome(False, "The mail backend sent nothing.")
        return Outcome(True)


class NoticeMail(MailHandler):
    """Sends a plain text to one address."""

    kind = "notice"
    keep = timedelta(days=90)

    def prepare(self, messages: Sequence[Message]) -> dict[int, EmailMultiAlternatives]:
        """Returns the mails; their payloads hold them whole."""
        return {message.pk: _notice(**message.payload) for message in messages}


def queue_notice(to: str, subject: str, text: str, reference: str) -> None:
    """Queues a mail in the caller's transaction; `reference` says to staff what it is about."""
    payload: dict[str, object] = {"to": to, "subject": subject, "text": text, "message_id": message_id()}
    queue.enqueue(queue.destination(NoticeMail.kind), reference, payload=payload)


def _notice(to: str, subject: str, text: str, message_id: str) -> EmailMultiAlternatives:
    return EmailMultiAlternatives(subject=subject, body=text, to=[to], headers={"Message-ID": message_id})
