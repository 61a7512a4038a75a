"""API keys on the desk: issued on the partner's page, here rotated, ended and revoked."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from desk.base import DeskForm, ReadOnlyAdmin, badge, form_page, posted, require
from desk.partner_forms import EndForm, RotateForm
from desk.submissions import submit
from partners import services
from partners.models import ApiKey


def show_once(request: HttpRequest, what: str, secret: str) -> None:
    """Shows a secret on the next page and nowhere else: messages live in the session."""
    text = '{} <code class="desk-secret">{}</code> Copy it now: it is not shown again.'
    messages.warning(request, format_html(text, what, secret))


def partner_url(partner_id: int) -> str:
    """The address of a partner's page."""
    return reverse("admin:partners_partner_change", args=[partner_id])


class ApiKeyAdmin(ReadOnlyAdmin):
    """All keys; a key is rotated, expired or revoked, never edited."""

    list_display = ["__str__", "partner", "state", "created_at", "expires_at", "last_used_at", "actions_of"]
    list_display_links = None
    list_filter = ["partner"]
    list_select_related = ["partner"]
    search_fields = ["prefix", "name", "partner__name"]

    @admin.display(description="state")
    def state(self, api_key: ApiKey) -> str:
        """As the next request with it will find it."""
        return badge(api_key.state(), api_key.state())

    @admin.display(description="")
    def actions_of(self, api_key: ApiKey) -> str:
        """The way to the partner's page, where its buttons are."""
        url = reverse("admin:partners_partner_change", args=[api_key.partner_id])
        return format_html('<a class="desk-link" href="{}#keys">Manage</a>', url)

    def get_urls(self) -> list[URLPattern]:
        """What can be done to one key."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/rotate/", wrap(self.rotate), name="partners_apikey_rotate"),
            path("<int:pk>/expire/", wrap(self.expire), name="partners_apikey_expire"),
            path("<int:pk>/revoke/", wrap(self.revoke), name="partners_apikey_revoke"),
            *super().get_urls(),
        ]

    def rotate(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A successor now; the old key works on for the overlap."""
        api_key = self._changeable(request, pk)
        require(request, "partners.add_apikey")
        form = RotateForm(posted(request))

        def write() -> str:
            _, secret = services.rotate_key(api_key, timezone.now() + form.overlap())
            show_once(request, "New API key:", secret)
            return self._log(request, api_key, f"Rotated key {api_key}; it works until {_end(api_key)}.")

        intro = "The partner gets a new key; the present one ends after the overlap."
        return self._answer(request, api_key, form, write, "Rotate key", intro=intro)

    def expire(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sets the moment from which on the key is refused."""
        api_key = self._changeable(request, pk)
        form = EndForm(posted(request), initial={"expires_at": api_key.expires_at})

        def write() -> str:
            services.expire_key(api_key, form.cleaned_data["expires_at"])
            return self._log(request, api_key, f"Key {api_key} works until {_end(api_key)}.")

        return self._answer(request, api_key, form, write, "Set end of key")

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Refuses the key from its next request on."""
        api_key = self._changeable(request, pk)
        form = DeskForm(posted(request))

        def write() -> str:
            services.revoke_key(api_key)
            return self._log(request, api_key, f"Revoked key {api_key}.")

        intro = "Requests with this key are refused at once. This cannot be undone."
        return self._answer(request, api_key, form, write, "Revoke key", intro=intro, danger=True)

    def _changeable(self, request: HttpRequest, pk: int) -> ApiKey:
        require(request, "partners.change_apikey")
        return get_object_or_404(ApiKey.objects.select_related("partner"), pk=pk, revoked_at=None)

    def _log(self, request: HttpRequest, api_key: ApiKey, what: str) -> str:
        self.log_change(request, api_key, what)
        self.log_change(request, api_key.partner, what)
        return what

    @staticmethod
    def _answer(
        request: HttpRequest,
        api_key: ApiKey,
        form: forms.Form,
        write: Callable[[], str],
        title: str,
        *,
        intro: str = "",
        **kwargs: bool,
    ) -> HttpResponse:
        """Acts on a valid form and leads to the partner's page; shows the form otherwise."""
        back = partner_url(api_key.partner_id)
        if form.is_valid() and (response := submit(request, form, write, back)):
            return response
        heading = f"{title}: {api_key} of {api_key.partner}"
        return form_page(
            request, heading, api_key.partner, form, submit=title, back=back, intro=intro, **kwargs
        )


def _end(api_key: ApiKey) -> str:
    end = api_key.expires_at
    return f"{timezone.localtime(end):%d-%m-%Y %H:%M}" if end else "it is revoked"
