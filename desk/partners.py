"""Partners, their users and their keys on the desk; every change goes through `partners/services.py`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Count, ManyToManyField, Max, Model, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from desk import estimates
from desk.base import DeskAdmin, ReadOnlyAdmin, badge, form_page, posted, require
from desk.keys import ApiKeyAdmin, partner_url, show_once
from desk.partner_forms import KeyForm, PartnerForm, UserForm, in_a_year
from desk.submissions import submit
from desk.webhooks import health, state_badge
from partners import services
from partners.models import ApiKey, Partner, User
from webhooks.services import of_partner

# Tokens belong to their library.
admin.site.unregister([Group, OutstandingToken, BlacklistedToken])

MONTHS_SHOWN = 12


def _refuse(form: forms.Form, error: ValidationError) -> None:
    reasons_by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for name, reasons in reasons_by_field.items():
        for reason in reasons:
            form.add_error(name if name in form.fields else None, reason)


def _submit(
    request: HttpRequest, form: forms.Form, write: Callable[[], None], to: str | Callable[[], str]
) -> HttpResponse | None:
    """Acts on a valid form once; what the service refuses becomes the form's errors."""
    if not form.is_valid():
        return None
    try:
        return submit(request, form, write, to)
    except ValidationError as error:
        _refuse(form, error)
        return None


def orders_per_month(partner: Partner) -> list[dict[str, Any]]:
    """`{"month", "count"}` of the last twelve months that had orders, newest first."""
    since = timezone.now() - timedelta(days=31 * MONTHS_SHOWN)
    counted = (
        partner.orders.filter(created_at__gte=since)  # of repairs, above us
        .order_by()
        .annotate(month=TruncMonth("created_at"))
        .values("month")
        .annotate(count=Count("*"))
    )
    return [{**row} for row in counted.order_by("-month")[:MONTHS_SHOWN]]


@admin.register(Partner)
class PartnerAdmin(DeskAdmin):
    """A partner's page holds all of it: who it is, its keys, its users, its orders per month."""

    list_display = ["name", "email", "active", "is_sandbox", "key_count", "last_use", "created_at"]
    list_filter = ["is_active", "is_sandbox"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "is_active", "is_sandbox", "created_at"]
    readonly_fields = ["is_sandbox", "created_at"]
    change_form_outer_after_template = "partners/partner_page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        """With what the list tells of keys."""
        usable = Q(is_active=True, api_keys__revoked_at=None) & (
            Q(api_keys__expires_at=None) | Q(api_keys__expires_at__gt=timezone.now())
        )
        figures = {
            "key_count": Count("api_keys", filter=usable),
            "last_use": Max("api_keys__last_used_at"),
        }
        partners: QuerySet[Partner] = super().get_queryset(request)
        return partners.annotate(**figures)

    @admin.display(description="state")
    def active(self, partner: Partner) -> str:
        """Whether its requests are answered."""
        return badge("active", "usable") if partner.is_active else badge("deactivated", "revoked")

    @admin.display(description="usable keys")
    def key_count(self, partner: Partner) -> int:
        """Neither revoked nor expired."""
        return partner.key_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="last key use")
    def last_use(self, partner: Partner) -> Any:
        """To the hour (see `partners/authentication.py`)."""
        return partner.last_use  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        """The forms that a partner's page leads to."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/issue-key/", wrap(self.issue_key), name="partners_partner_issue_key"),
            path("<int:pk>/approver/", wrap(estimates.choose_approver), name="partners_partner_approver"),
            path("<int:pk>/add-user/", wrap(self.add_user), name="partners_partner_add_user"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Partner, user and key at once; password and key are shown on the next page, once."""
        require(request, "partners.add_partner")
        form = PartnerForm(posted(request))
        created: list[Partner] = []

        def write() -> None:
            values = {**form.cleaned_data, "password": form.cleaned_data["password"] or None}
            new = services.create_partner(**values)
            created.append(new.partner)
            self.log_addition(request, new.partner, f"Created with user {new.user} and a key.")
            show_once(request, f"Password of {new.user.username}:", new.password)
            show_once(request, "API key:", new.api_key)

        partners = reverse("admin:partners_partner_changelist")

        def target() -> str:
            return partner_url(created[0].pk) if created else partners

        if response := _submit(request, form, write, target):
            return response
        return form_page(request, "New partner", Partner, form, submit="Create partner", back=partners)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The usual form, and below it keys, users and figures."""
        partner = self.get_object(request, object_id)
        context = {"partner": partner, "now": timezone.now(), **(extra_context or {})}
        if partner is not None and request.method == "GET":
            context |= {
                "api_keys": partner.api_keys.all(),
                "approver": estimates.approver_of(partner),
                "users": partner.users.order_by("username"),
                "webhooks": [(hook, state_badge(hook), health(hook)) for hook in of_partner(partner.pk)],
                "months": orders_per_month(partner),
            }
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def issue_key(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A further key, shown once on the partner's page."""
        require(request, "partners.add_apikey")
        partner = get_object_or_404(Partner, pk=pk)
        form = KeyForm(posted(request), initial={"expires_at": in_a_year()})

        def write() -> None:
            api_key, text = services.issue_key(partner, **form.cleaned_data)
            self.log_change(request, partner, f"Issued key {api_key}.")
            show_once(request, "API key:", text)

        back = partner_url(pk)
        if response := _submit(request, form, write, back):
            return response
        return form_page(request, f"New key for {partner}", partner, form, submit="Issue key", back=back)

    def add_user(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A further login of the partner; its password is shown once."""
        require(request, "partners.add_user")
        partner = get_object_or_404(Partner, pk=pk)
        form = UserForm(posted(request), initial={"email": partner.email})

        def write() -> None:
            values = {**form.cleaned_data, "password": form.cleaned_data["password"] or None}
            user, password = services.create_user(partner, **values)
            self.log_change(request, partner, f"Added user {user}.")
            show_once(request, f"Password of {user.username}:", password)

        back = partner_url(pk)
        if response := _submit(request, form, write, back):
            return response
        return form_page(request, f"New user of {partner}", partner, form, submit="Add user", back=back)


admin.site.register(ApiKey, ApiKeyAdmin)


@admin.register(User)
class UserAdmin(BaseUserAdmin, DeskAdmin):  # type: ignore[type-arg]
    """Logins. Staff are a superuser's affair; partner managers see partners' logins only."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "partner", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "groups"]
    list_select_related = ["partner"]
    fieldsets = [
        (None, {"fields": ["username", "password", "email", "first_name", "last_name", "is_active"]}),
        ("Rights", {"fields": ["is_staff", "is_superuser", "groups"]}),
    ]
    partner_fieldsets = [(None, {"fields": ["username", "password", "email", "partner", "is_active"]})]
    readonly_fields = ["partner"]
    change_form_outer_after_template = "desk/user_access.html"
    filter_horizontal = ()
    formfield_overrides = {ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """All logins for superusers and for auditors, who see groups too; else only partners'."""
        users: QuerySet[User] = super().get_queryset(request)
        sees_staff = request.user.has_perm("auth.view_group")
        return users if sees_staff else users.filter(partner__isnull=False, is_staff=False)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A partner's login has no rights on the desk to be set."""
        if isinstance(obj, User) and obj.partner_id is not None:
            return self.partner_fieldsets
        return super().get_fieldsets(request, obj)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Who sees only partners' logins needs no filter for rights."""
        return self.list_filter if request.user.has_perm("auth.view_group") else ["is_active"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff are added here, by a superuser; partners' logins on the partner's page."""
        return bool(request.user.is_superuser)


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    """What each group may do; groups come by migration."""

    list_display = ["name", "member_count"]
    fields = ["name", "rights", "members"]
    readonly_fields = ["rights", "members"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """With the number of active members."""
        groups: QuerySet[Group] = super().get_queryset(request)
        return groups.annotate(member_count=Count("user", filter=Q(user__is_active=True)))

    @admin.display(description="active members")
    def member_count(self, group: Group) -> int:
        """How many may use these rights."""
        return group.member_count  # type: ignore[attr-defined, no-any-return]

    @admin.display
    def rights(self, group: Group) -> str:
        """One per line."""
        names = group.permissions.order_by("content_type__app_label", "codename")
        return format_html_join("", "{}<br>", ((permission.name,) for permission in names))

    @admin.display
    def members(self, group: Group) -> str:
        """Their user names."""
        return ", ".join(group.user_set.order_by("username").values_list("username", flat=True))
