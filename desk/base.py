"""What every page of the operations desk (the admin) shares: its looks, form pages, rights."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, checkbox
from unfold.contrib.filters.admin import DropdownFilter
from unfold.views import ChangeList
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordInput,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from tracking.times import MAX_YEAR, MIN_YEAR
from warrantify.text import UNPRINTABLE

# Tailwind's blue, in the lightness that keeps white text on it readable.
_PRIMARY = {
    "50": "oklch(97% .014 254.6)",
    "100": "oklch(93.2% .032 255.6)",
    "200": "oklch(88.2% .059 254.1)",
    "300": "oklch(80.9% .105 251.8)",
    "400": "oklch(70.7% .165 254.6)",
    "500": "oklch(62.3% .214 259.8)",
    "600": "oklch(54.6% .245 262.9)",
    "700": "oklch(48.8% .243 264.4)",
    "800": "oklch(42.4% .199 265.6)",
    "900": "oklch(37.9% .146 265.5)",
    "950": "oklch(28.2% .091 267.9)",
}


def primary_colors(request: HttpRequest) -> dict[str, str]:
    """The desk's colour in its shades."""
    return dict(_PRIMARY)


def stylesheet(request: HttpRequest) -> str:
    """The address of the desk's own styles."""
    return static("desk/desk.css")


def script(request: HttpRequest) -> str:
    """The address of the desk's own script."""
    return static("desk/desk.js")


def favicon(request: HttpRequest) -> str:
    """The address of the desk's icon."""
    return static("desk/icon.svg")


def require(request: HttpRequest, *permissions: str) -> None:
    """Raises PermissionDenied (403) unless the user has each of `app.codename`."""
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def action(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that acts by POST. A GET, as after logging in again, leads to the page with its form:
    the page of the row that the address names, or the one that the rest of the address is of."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> HttpResponse:
        request = next(argument for argument in args if isinstance(argument, HttpRequest))
        if request.method == "POST":
            return view(*args, **kwargs)
        above = request.path.rstrip("/").rpartition("/")[0]
        if "pk" in kwargs:
            above = request.path.partition(f"/{kwargs['pk']}/")[0] + f"/{kwargs['pk']}/change"
        return redirect(f"{above}/")

    return guarded


def badge(text: str, css: str) -> SafeString:
    """A short text on a colour: `done`, `us`, `approval`, `parts`, `late`, ... of the style sheet."""
    return format_html('<span class="desk-badge desk-{}">{}</span>', css, text)


def posted(request: HttpRequest) -> QueryDict | None:
    """The data for a form: None, which leaves it unbound, unless the request is a POST."""
    return request.POST if request.method == "POST" else None


_WIDGETS: tuple[tuple[type[forms.Widget], type[forms.Widget]], ...] = (
    (forms.Textarea, UnfoldAdminTextareaWidget),
    (forms.EmailInput, UnfoldAdminEmailInputWidget),
    (forms.NumberInput, UnfoldAdminIntegerFieldWidget),
    (forms.CheckboxInput, UnfoldBooleanWidget),
    (forms.ClearableFileInput, UnfoldAdminFileFieldWidget),
    (forms.Select, UnfoldAdminSelectWidget),
    (forms.TextInput, UnfoldAdminTextInputWidget),
    (forms.PasswordInput, UnfoldAdminPasswordInput),
)


class DateTimeInput(forms.DateTimeInput):
    """The browser's own picker; local time of the server's zone, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        classes = UnfoldAdminTextInputWidget().attrs["class"]
        super().__init__({"class": classes, **(attrs or {})}, format="%Y-%m-%dT%H:%M")


class DeskForm(forms.Form):
    """A form with the desk's widgets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            if isinstance(field, forms.DateField | forms.DateTimeField):
                field.validators.append(_validate_year)
            apply_widget(field)

    def resend(self, name: str, value: str) -> None:
        """Replaces what was sent under `name`, for a refused form that is shown again."""
        data = cast(QueryDict, self.data).copy()
        data[name] = value
        self.data = data


def _validate_year(value: date) -> None:
    if not MIN_YEAR <= value.year <= MAX_YEAR:
        raise forms.ValidationError(f"Enter a year from {MIN_YEAR} to {MAX_YEAR}.")


def apply_widget(field: forms.Field) -> None:
    """Swaps a plain widget for the desk's; hidden and special ones stay."""
    for plain, dressed in _WIDGETS:
        if type(field.widget) is plain:
            attrs = field.widget.attrs
            choices = getattr(field.widget, "choices", None)
            field.widget = dressed(attrs=attrs)
            if choices is not None:
                field.widget.choices = choices
            field.widget.is_required = field.required
            return
    if type(field.widget) is forms.DateTimeInput:
        field.widget = DateTimeInput(field.widget.attrs)


def page(
    request: HttpRequest, template: str, title: str, about: Model | type[Model], **context: Any
) -> TemplateResponse:
    """A page inside the admin's frame, filed under a model or one row of it."""
    if isinstance(about, Model):
        context["original"] = about
    return TemplateResponse(
        request,
        template,
        {**admin.site.each_context(request), "title": title, "opts": about._meta, **context},
    )


def form_page(
    request: HttpRequest,
    title: str,
    about: Model | type[Model],
    form: forms.Form,
    *,
    submit: str,
    back: str,
    intro: str = "",
    danger: bool = False,
) -> HttpResponse:
    """One form and one button; `back` is where "Cancel" leads."""
    context = {"form": form, "submit": submit, "back": back, "intro": intro, "danger": danger}
    return page(request, "desk/form.html", title, about, **context)


def _changed(form: Any, name: str) -> str:
    label = form[name].label
    if "password" in name:
        return f"{label} changed"
    field: Any = form.fields[name]
    old, new = form.initial.get(name), form.cleaned_data.get(name)
    is_reference = isinstance(field, forms.ModelChoiceField)
    if is_reference and not isinstance(field, forms.ModelMultipleChoiceField):
        old = field.queryset.filter(pk=old).first()
    return f'{label}: "{_shown(old)}" → "{_shown(new)}"'


def _shown(value: Any) -> str:
    if isinstance(value, list | QuerySet):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


MAX_PARAMETER = 100
MAX_KEY = 2**63  # what a primary key's column holds


def key_of(text: str) -> int:
    """The primary key in a URL or form; 0, which no row has, for what is none."""
    return int(text) if text.isdecimal() and len(text) < len(str(MAX_KEY)) else 0


def is_plausible(value: str) -> bool:
    """Whether a page can have sent this parameter, and a database takes it."""
    if len(value) > MAX_PARAMETER or UNPRINTABLE.search(value):
        return False
    try:
        return abs(int(value)) < MAX_KEY
    except ValueError:
        return True


class OfferedFilter(DropdownFilter):
    """A drop-down of one parameter; values that it does not offer count as none."""

    def value(self) -> str | None:
        """The chosen value."""
        value: str | None = super().value()
        return value if value in {str(offered) for offered, _ in self.lookup_choices} else None


class DeskList(ChangeList):
    """A list that does not say how much there is besides, and ignores parameters it does not offer."""

    def get_filters_params(self, params: Any = None) -> dict[str, list[str]]:
        """Without values that no page sends."""
        given = super().get_filters_params(params)
        return {name: values for name, values in given.items() if all(map(is_plausible, values))}

    def get_filters(self, request: HttpRequest) -> tuple[Any, bool, dict[str, Any], bool, bool]:
        """The filters alone reach the query; what none of them has taken does not."""
        specs, has_filters, _, may_have_duplicates, has_active_filters = super().get_filters(request)
        return specs, has_filters, {}, may_have_duplicates, has_active_filters

    def get_results(self, request: HttpRequest) -> None:
        """The page; what is found is all that is told."""
        super().get_results(request)
        self.full_result_count = self.result_count


class DeskAdmin(ModelAdmin):
    """The base of every admin here: nothing is deleted through it, lists count no table."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_filter_submit = True
    list_per_page = 50

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Old and new values of each changed field, for the history; of a password only that it changed."""
        if add:
            return super().construct_change_message(request, form, formsets, add)
        return "; ".join(_changed(form, name) for name in form.changed_data) or "Nothing changed."

    @admin.display(description=ModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: Model) -> SafeString:
        """The row's box with the row's name, which unfold 0.91 calls "Select record" in every row."""
        # Written out: through the widget's three templates 50 boxes take a tenth of the page's time.
        box = '<input type="checkbox" name="{}" value="{}" class="{}" aria-label="Select {}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, checkbox.attrs["class"], obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The desk's list."""
        return DeskList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; the whole one where a parameter is wrong, such as a page beyond the last."""
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters:
            request.GET = QueryDict()
            return super().get_changelist_instance(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Any: `DeskList` ignores what no filter takes, where Django would refuse the page."""
        return True

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, and its action for the ticked rows."""
        if ACTION_CHECKBOX_NAME in request.POST:
            data = request.POST.copy()
            ticked = data.getlist(ACTION_CHECKBOX_NAME)
            data.setlist(ACTION_CHECKBOX_NAME, [key for key in ticked if key_of(key)])
            request.POST = data  # type: ignore[assignment]
        return cast(HttpResponse, super().changelist_view(request, extra_context))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing that partners or auditors may ask about is ever deleted."""
        return False


class ReadOnlyAdmin(DeskAdmin):
    """Pages to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from elsewhere."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What happened stays as it is."""
        return False
