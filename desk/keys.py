"""API keys on the desk: issued on the partner's page, here rotated, ended and revoked."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from desk.base import badge, posted, require
from desk.lists import Pages, ReadOnlyAdmin
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

    def pages(self) -> Pages:
        return (
            ("<int:pk>/rotate/", rotate, "rotate"),
            ("<int:pk>/expire/", expire, "expire"),
            ("<int:pk>/revoke/", revoke, "revoke"),
        )

    def state(self, api_key: ApiKey) -> str:
        return badge(api_key.state(), api_key.state())

    @admin.display(description="")
    def manage(self, api_key: ApiKey) -> str:
        """The link to the partner's page, where a key's buttons are."""
        return format_html('<a class="desk-link" href="{}#keys">Manage</a>', partner_url(api_key.partner_id))


def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """Issues a successor now; the old key still works for the overlap."""
    require(request, "partners.add_apikey")
    form = RotateForm(posted(request))

    def write(api_key: ApiKey) -> str:
        _, secret = services.rotate_key(api_key, timezone.now() + form.overlap())
        show_once(request, "New API key:", secret)
        return f"Rotated key {api_key}; it works until {_end(api_key)}."

    intro = "The partner gets a new key; the present one ends after the overlap."
    return _change(request, pk, form, write, "Rotate key", intro=intro)


def expire(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets when the key ends."""
    require(request, CHANGE)
    form = EndForm(posted(request), initial={"expires_at": get_object_or_404(ApiKey, pk=pk).expires_at})

    def write(api_key: ApiKey) -> str:
        services.expire_key(api_key, form.cleaned_data["expires_at"])
        return f"Key {api_key} works until {_end(api_key)}."

    return _change(request, pk, form, write, "Set end of key")


def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuses the key from its next request on."""

    def write(api_key: ApiKey) -> str:
        services.revoke_key(api_key)
        return f"Revoked key {api_key}."

    intro = "Requests with this key are refused at once. This cannot be undone."
    form = DeskForm(posted(request))
    return _change(request, pk, form, write, "Revoke key", intro=intro, danger=True)


def _change(
    request: HttpRequest,
    pk: int,
    form: forms.Form,
    write: Callable[[ApiKey], str],
    button: str,
    **looks: Any,
) -> HttpResponse:
    """The page that asks for a change of a key, which stands in the key's and the partner's history."""
    require(request, CHANGE)
    api_key = get_object_or_404(ApiKey.objects.select_related("partner"), pk=pk)
    back = partner_url(api_key.partner_id)
    if api_key.revoked_at is not None:
        messages.warning(request, f"Key {api_key} is already revoked.")
        return redirect(back)
    title, partner = f"{button}: {api_key} of {api_key.partner}", api_key.partner
    looks |= {"button": button, "back": back, "logged": (api_key, partner)}
    return form_page(request, title, partner, form, lambda: write(api_key), **looks)


def _end(api_key: ApiKey) -> str:
    end = api_key.expires_at
    return f"{timezone.localtime(end):%d-%m-%Y %H:%M}" if end else "it is revoked"
