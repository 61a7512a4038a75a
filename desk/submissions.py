"""A form is acted on once, however often it is sent.

Each form carries a one-time token (`{% once %}`). The server spends it in the transaction of the
change: of two clicks on two processes the second waits for the first one's commit and finds it spent.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from secrets import token_urlsafe
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from desk.base import clerk, log, page
from desk.models import Submission
from tracking.transitions import TrackingError
from warrantify.http.errors import DomainError

FIELD = "once"
# A page with this parameter says that the form had been sent before (`admin/base.html`).
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
def once(request: HttpRequest) -> Iterator[None]:
    """A transaction that spends the form's token; what fails inside leaves the token unspent.

    Raises SentBeforeError for a repetition, and FormError where the token is missing or came before
    with other content.
    """
    with transaction.atomic():
        digest = _digest(request)
        sent, is_new = Submission.objects.get_or_create(
            token=token_of(request), defaults={"digest": digest, "user": clerk(request)}
        )
        if not is_new and sent.digest == digest:
            raise SentBeforeError
        if not is_new:
            raise FormError(
                "This page was sent before with other content. Nothing was recorded now: look at what "
                "is shown here, and send it once more if it is still right."
            )
        yield


def submit(
    request: HttpRequest,
    form: forms.Form,
    write: Callable[[], str | None],
    to: str | Callable[[], str],
    logged: Sequence[Model] = (),
) -> HttpResponse | None:
    """Runs `write` once for a valid form and redirects to `to` (an address, or a function that returns
    it) with the sentence that `write` returns, which the history of each of `logged` gets too.

    A repetition redirects there too and runs nothing. Returns None if the form is refused; what a
    service refuses becomes an error of the form.
    """
    if not form.is_valid():
        return None
    try:
        with once(request):
            if what := write():
                log(request, what, *logged)
    except SentBeforeError:
        # No message: it would be stored over what the first request tells, such as a new key.
        target = to if isinstance(to, str) else to()
        return redirect(f"{target}{'&' if '?' in target else '?'}{AGAIN}=1")
    except ValidationError as error:
        reasons = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        _refuse(form, reasons)
    except DomainError as error:
        _refuse(form, error.errors or {"": [error.message]})
    except (FormError, TrackingError) as error:
        form.add_error(None, str(error))
    else:
        if what:
            messages.success(request, what)
        return redirect(to if isinstance(to, str) else to())
    return None


def form_page(
    request: HttpRequest,
    title: str,
    about: Model | type[Model],
    form: forms.Form,
    write: Callable[[], str | None],
    *,
    button: str,
    back: str,
    to: Callable[[], str] | None = None,
    logged: Sequence[Model] = (),
    intro: str = "",
    danger: bool = False,
) -> HttpResponse:
    """A page of one form and one button, which runs `write` and leads to `to` or `back`; "Cancel" leads
    to `back`."""
    if response := submit(request, form, write, to or back, logged):
        return response
    context = {"form": form, "button": button, "back": back, "intro": intro, "danger": danger}
    return page(request, "desk/form.html", title, about, **context)


def press(
    request: HttpRequest, write: Callable[[], str | None], to: str, logged: Sequence[Model] = ()
) -> HttpResponse:
    """`submit` for a button without fields: a refusal becomes a message on the page `to`."""
    form = forms.Form(request.POST)
    if response := submit(request, form, write, to, logged):
        return response
    messages.error(request, " ".join(map(str, form.non_field_errors())))
    return redirect(to)


def _refuse(form: forms.Form, reasons_by_field: Any) -> None:
    for name, reasons in reasons_by_field.items():
        for reason in reasons:
            form.add_error(name if name in form.fields else None, reason)


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
