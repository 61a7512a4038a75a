"""API keys on the desk: issued on the partner's page, here rotated, ended and revoked."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from desk.base import badge, posted
from desk.lists import Page, ReadOnlyAdmin
from desk.partner_forms import EndForm, RotateForm
from desk.submissions import form_page
from desk.widgets import DeskForm
from partners import services
from partners.models import ApiKey

CHANGE = "partners.change_apikey"


def show_once(request: HttpRequest, what: str, secret: str) -> None:
    """Shows a secret on the next page only; the session keeps it until then."""
    text = '{} <code class="desk-secret">{}</code> Copy it now: it is not shown again.'
    messages.warning(request, format_html(text, what, secret))


def partner_url(partner_id: int) -> str:
    """The address of a partner's page."""
    return reverse("admin:partners_partner_change", args=[partner_id])


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """All keys; a key is rotated, expired or revoked, never edited."""

    list_display = ["__str__", "partner", "state", "created_at", "expires_at", "last_used_at", "manage"]
    list_display_links = None
    list_filter = ["partner"]
    list_select_related = ["partner"]
    search_fields = ["prefix", "name", "partner__name"]

    def pages(self) -> Iterable[Page]:
        return (
            Page("<int:pk>/rotate/", rotate, "rotate", (CHANGE, "partners.add_apikey")),
            Page("<int:pk>/expire/", expire, "expire", CHANGE),
            Page("<int:pk>/revoke/", revoke, "revoke", CHANGE),
        )

    def state(self, api_key: ApiKey) -> str:
        return badge(api_key.state(), api_key.state())

    @admin.display(description="")
    def manage(self, api_key: ApiKey) -> str:
        """The link to the partner's page, where a key's buttons are."""
        return format_html('<a class="desk-link" href="{}#keys">Manage</a>', partner_url(api_key.partner_id))


def _key_form(
    form_class: type[DeskForm], button: str, **looks: Any
) -> Callable[[Callable[..., str]], Callable[..., HttpResponse]]:
    """Makes a page of `(request, api_key, form) -> sentence`; the key's and the partner's history get it."""

    def made(do: Callable[..., str]) -> Callable[..., HttpResponse]:
        @wraps(do)
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            api_key = get_object_or_404(ApiKey.objects.select_related("partner"), pk=pk)
            partner, back = api_key.partner, partner_url(api_key.partner_id)
            if api_key.revoked_at is not None:
                messages.warning(request, f"Key {api_key} is already revoked.")
                return redirect(back)
            form = form_class(posted(request), initial={"expires_at": api_key.expires_at})
            return form_page(
                request,
                f"{button}: {api_key} of {partner}",
                partner,
                form,
                lambda: do(request, api_key, form),
                button=button,
                back=back,
                logged=(api_key, partner),
                **looks,
            )

        return view

    return made


@_key_form(
    RotateForm, "Rotate key", intro="The partner gets a new key; the present one ends after the overlap."
)
def rotate(request: HttpRequest, api_key: ApiKey, form: RotateForm) -> str:
    """Issues a successor now; the old key still works for the overlap."""
    overlap = timedelta(hours=form.cleaned_data["overlap_hours"])
    _, secret = services.rotate_key(api_key, timezone.now() + overlap)
    show_once(request, "New API key:", secret)
    return f"Rotated key {api_key}; it works until {_end(api_key)}."


@_key_form(EndForm, "Set end of key")
def expire(request: HttpRequest, api_key: ApiKey, form: EndForm) -> str:
    """Sets when the key ends."""
    services.expire_key(api_key, form.cleaned_data["expires_at"])
    return f"Key {api_key} works until {_end(api_key)}."


@_key_form(
    DeskForm,
    "Revoke key",
    intro="Requests with this key are refused at once. This cannot be undone.",
    danger=True,
)
def revoke(request: HttpRequest, api_key: ApiKey, form: DeskForm) -> str:
    """Refuses the key from its next request on."""
    services.revoke_key(api_key)
    return f"Revoked key {api_key}."


def _end(api_key: ApiKey) -> str:
    end = api_key.expires_at
    return f"{timezone.localtime(end):%d-%m-%Y %H:%M}" if end else "it is revoked"
