"""A form is acted on once, however often it is sent.

Each form carries a one-time token (`{% once %}`). The server spends it in the transaction of the
change: of two clicks on two processes the second waits for the first one's commit and finds it spent.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_urlsafe
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from desk.models import Submission
from partners.models import User
from tracking.transitions import TrackingError

FIELD = "once"
# A page with this parameter says that the form had been sent before (`messages.html`).
AGAIN = "again"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_NOT_CONTENT = (FIELD, "csrfmiddlewaretoken")


class SentBeforeError(Exception):
    """The same form with the same content was acted on before."""


class FormError(Exception):
    """The form cannot be acted on; the message is a sentence for a clerk."""


def new_token() -> str:
    """A token for one form."""
    return token_urlsafe(16)


def token_of(request: HttpRequest) -> str:
    """The token that came with the form; raises FormError where none did."""
    token = request.POST.get(FIELD, "")
    if not _TOKEN.fullmatch(token):
        raise FormError("This form was incomplete, and nothing was recorded. Send it once more.")
    return token


@contextmanager
def once(request: HttpRequest) -> Iterator[Submission]:
    """A transaction that spends the form's token; what fails inside leaves the token unspent.

    Raises SentBeforeError for a repetition, and FormError where the token is missing or came before
    with other content.
    """
    with transaction.atomic():
        digest = _digest(request)
        sent, is_new = Submission.objects.get_or_create(
            token=token_of(request), defaults={"digest": digest, "user": cast(User, request.user)}
        )
        if not is_new and sent.digest == digest:
            raise SentBeforeError
        if not is_new:
            raise FormError(
                "This page was sent before with other content. Nothing was recorded now: look at what "
                "is shown here, and send it once more if it is still right."
            )
        yield sent


def submit(
    request: HttpRequest,
    form: forms.Form,
    write: Callable[[], str | None],
    to: str | Callable[[], str],
) -> HttpResponse | None:
    """Runs `write` once and leads to `to` (an address, or what gives it) with the message it returns.

    A repetition leads there too and runs nothing. A refusal becomes an error of `form`, and None is
    returned: the page is shown again with what was typed.
    """
    try:
        with once(request):
            what = write()
    except SentBeforeError:
        # No message: it would be stored over what the first request tells, such as a new key.
        target = to if isinstance(to, str) else to()
        return redirect(f"{target}{'&' if '?' in target else '?'}{AGAIN}=1")
    except (FormError, TrackingError) as error:
        form.add_error(None, str(error))
        return None
    if what:
        messages.success(request, what)
    return redirect(to if isinstance(to, str) else to())


def _digest(request: HttpRequest) -> str:
    content = {name: values for name, values in sorted(request.POST.lists()) if name not in _NOT_CONTENT}
    files = [(name, *map(_file_digest, uploads)) for name, uploads in sorted(request.FILES.lists())]
    return hashlib.sha256(json.dumps([request.path, content, files]).encode()).hexdigest()


def _file_digest(upload: "UploadedFile[Any]") -> str:
    digest = hashlib.sha256((upload.name or "").encode())
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
