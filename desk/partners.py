"""Partners, their users and their keys on the desk; every change goes through `partners/services.py`."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Count, ManyToManyField, Max, Model, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from desk.base import log, posted, require
from desk.keys import partner_url, show_once
from desk.lists import DeskAdmin, Page, ReadOnlyAdmin
from desk.partner_forms import ApproverForm, KeyForm, PartnerForm, UserForm, in_a_year
from desk.submissions import form_page
from desk.webhooks import health, state_badge
from estimates.models import Approver
from estimates.services import set_approver
from partners import services
from partners.models import Partner, User
from webhooks.services import of_partner

# Their library manages tokens; groups get a page of ours, below.
admin.site.unregister([Group, OutstandingToken, BlacklistedToken])

MONTHS_SHOWN = 12


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

    list_display = ["name", "email", "is_active", "is_sandbox", "key_count", "last_use", "created_at"]
    list_filter = ["is_active", "is_sandbox"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "is_active", "is_sandbox", "created_at"]
    readonly_fields = ["is_sandbox", "created_at"]
    change_form_outer_after_template = "partners/partner_page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        usable = Q(is_active=True, api_keys__revoked_at=None) & (
            Q(api_keys__expires_at=None) | Q(api_keys__expires_at__gt=timezone.now())
        )
        partners: QuerySet[Partner] = super().get_queryset(request)
        return partners.annotate(
            key_count=Count("api_keys", filter=usable), last_use=Max("api_keys__last_used_at")
        )

    @admin.display(description="usable keys")
    def key_count(self, partner: Partner) -> int:
        return partner.key_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="last key use")
    def last_use(self, partner: Partner) -> Any:
        """To the hour (see `partners/authentication.py`)."""
        return partner.last_use  # type: ignore[attr-defined]

    def pages(self) -> Iterable[Page]:
        return (
            Page("<int:pk>/issue-key/", issue_key, "issue_key", "partners.add_apikey"),
            Page("<int:pk>/approver/", choose_approver, "approver", "partners.change_partner"),
            Page("<int:pk>/add-user/", add_user, "add_user", "partners.add_user"),
        )

    def add_view(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Partner, user and key at once; password and key are shown on the next page, once."""
        require(request, "partners.add_partner")
        form = PartnerForm(posted(request))
        created: list[Partner] = []

        def write() -> None:
            new = services.create_partner(**form.cleaned_data)
            created.append(new.partner)
            log(request, f"Created with user {new.user} and a key.", new.partner)
            show_once(request, f"Password of {new.user.username}:", new.password)
            show_once(request, "API key:", new.api_key)

        back = reverse("admin:partners_partner_changelist")

        def target() -> str:
            return partner_url(created[0].pk) if created else back

        return form_page(
            request, "New partner", Partner, form, write, button="Create partner", back=back, to=target
        )

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        partner = self.get_object(request, object_id)
        context: dict[str, Any] = {"partner": partner}
        if partner is not None and request.method == "GET":
            context |= {
                "api_keys": partner.api_keys.all(),
                "approver": _approver_of(partner),
                "users": partner.users.order_by("username"),
                "webhooks": [(hook, state_badge(hook), health(hook)) for hook in of_partner(partner.pk)],
                "months": orders_per_month(partner),
            }
        return cast(HttpResponse, super().change_view(request, object_id, extra_context=context))


def issue_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Issues a further key, which is shown once on the partner's page."""
    partner = get_object_or_404(Partner, pk=pk)
    form = KeyForm(posted(request), initial={"expires_at": in_a_year()})

    def write() -> str:
        api_key, text = services.issue_key(partner, **form.cleaned_data)
        show_once(request, "API key:", text)
        return f"Issued key {api_key}."

    title, back = f"New key for {partner}", partner_url(pk)
    return form_page(request, title, partner, form, write, button="Issue key", back=back, logged=[partner])


def add_user(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a further login of the partner; its password is shown once."""
    partner = get_object_or_404(Partner, pk=pk)
    form = UserForm(posted(request), initial={"email": partner.email})

    def write() -> str:
        user, password = services.create_user(partner, **form.cleaned_data)
        show_once(request, f"Password of {user.username}:", password)
        return f"Added user {user}."

    title, back = f"New user of {partner}", partner_url(pk)
    return form_page(request, title, partner, form, write, button="Add user", back=back, logged=[partner])


def choose_approver(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks who approves, and leads back to the partner's page."""
    partner = get_object_or_404(Partner, pk=pk)
    approver = _approver_of(partner)
    form = ApproverForm(posted(request), initial={"kind": approver.kind, "email": approver.email})

    def write() -> str:
        try:
            chosen = set_approver(partner, **form.cleaned_data)
        except ValueError as error:
            raise ValidationError({"email": str(error)}) from error
        return f"Approval mails go to: {chosen}."

    intro = (
        "When an estimate waits for approval, this person gets a mail with a link, and one reminder after "
        "24 hours. The partner's own system can always decide through the API."
    )
    title, back = f"Approval by mail for {partner}", partner_url(pk)
    return form_page(
        request, title, partner, form, write, button="Save", back=back, intro=intro, logged=[partner]
    )


def _approver_of(partner: Partner) -> Approver:
    """The partner's approver; nobody, not stored, where none was chosen."""
    return Approver.objects.filter(partner=partner).first() or Approver(partner=partner)


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
        """Users who see only partners' logins need no filter by rights."""
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
        groups: QuerySet[Group] = super().get_queryset(request)
        return groups.annotate(member_count=Count("user", filter=Q(user__is_active=True)))

    @admin.display(description="active members")
    def member_count(self, group: Group) -> int:
        return group.member_count  # type: ignore[attr-defined, no-any-return]

    def rights(self, group: Group) -> str:
        names = group.permissions.order_by("content_type__app_label", "codename")
        return format_html_join("", "{}<br>", ((permission.name,) for permission in names))

    def members(self, group: Group) -> str:
        return ", ".join(group.user_set.order_by("username").values_list("username", flat=True))
