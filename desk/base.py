"""What the desk's pages share: rights, the history's entries, pages in the admin's frame."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from partners.models import User
from warrantify.http import errors
from warrantify.text import UNPRINTABLE

# What staff may do about orders, by the permission that stands for it.
VIEW, CORRECT = "repairs.view_repairorder", "repairs.change_repairorder"
RECORD, VOID = "tracking.add_trackingevent", "tracking.change_trackingevent"
CHANGE_WORKFLOW = "tracking.change_ordertracking"
WORK = "desk.work_assignment"

View = Callable[..., HttpResponseBase]

MAX_PARAMETER = 100
MAX_KEY = 2**63  # what a primary key's column holds


def require(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied (403) unless the user has `app.codename`."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def clerk(request: HttpRequest) -> User:
    """The user who is logged in."""
    return cast(User, request.user)


def log(request: HttpRequest, what: str, *about: Model) -> None:
    """Enters `what` into the history of each object."""
    LogEntry.objects.log_actions(clerk(request).pk, about, CHANGE, what)


def action(view: View) -> View:
    """Restricts a view to POST. A GET, as after logging in again, leads to the page with the form:
    the page of the row in the address, or the address without its last part."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            return view(request, **kwargs)
        above = request.path.rstrip("/").rpartition("/")[0]
        if "pk" in kwargs:
            above = request.path.partition(f"/{kwargs['pk']}/")[0] + f"/{kwargs['pk']}/change"
        return redirect(f"{above}/")

    return guarded


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400`: for a form that is too large, a page of the desk.

    The browser gives back what was typed when the form is opened again (`desk.js`).
    """
    if not (getattr(request, "is_desk", False) and isinstance(exception, RequestDataTooBig)):
        return errors.bad_request(request, exception)
    return render(request, "desk/too_large.html", admin.site.each_context(request), status=413)


def badge(text: str, css: str) -> SafeString:
    """A short text on a colour: `done`, `us`, `approval`, `parts`, `late`, ... of the style sheet."""
    return format_html('<span class="desk-badge desk-{}">{}</span>', css, text)


def counted(count: int, noun: str) -> str:
    """`1 order`, `2 orders`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def posted(request: HttpRequest) -> QueryDict | None:
    """The data for a form: None, which leaves it unbound, unless the request is a POST."""
    return request.POST if request.method == "POST" else None


def page(
    request: HttpRequest, template: str, title: str, about: Model | type[Model], **context: Any
) -> TemplateResponse:
    """A page inside the admin's frame, filed under a model or one row of it."""
    if isinstance(about, Model):
        context["original"] = about
    frame = admin.site.each_context(request)
    return TemplateResponse(request, template, {**frame, "title": title, "opts": about._meta, **context})


def key_of(text: str) -> int:
    """The primary key in a URL or form; 0, which no row has, where the text is none."""
    return int(text) if text.isdecimal() and len(text) < len(str(MAX_KEY)) else 0


def is_plausible(value: str) -> bool:
    """Whether a page can have sent this parameter, and a database takes it."""
    if len(value) > MAX_PARAMETER or UNPRINTABLE.search(value):
        return False
    try:
        return abs(int(value)) < MAX_KEY
    except ValueError:
        return True
