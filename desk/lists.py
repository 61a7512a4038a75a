"""The base of the desk's admin classes: lists, filters, and what the history says of a change."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.decorators import permission_required
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, checkbox
from unfold.contrib.filters.admin import DropdownFilter
from unfold.views import ChangeList

from desk.base import View, action, is_plausible, key_of

Choices = Iterable[tuple[Any, str]]
Narrow = Callable[[HttpRequest, Any, str], QuerySet[Any]]


class Page(NamedTuple):
    """A page beside Django's own: its route, its view, its name after the model's, and who may open it.

    `right` is one or several `app.codename`; without it a request is refused (403).
    """

    route: str
    view: View
    name: str
    right: str | tuple[str, ...]

    def guarded(self) -> View:
        return permission_required(self.right, raise_exception=True)(self.view)


class Button(Page):
    """What a form of another page sends, by POST alone; see `action`."""

    def guarded(self) -> View:
        return action(super().guarded())


class OfferedFilter(DropdownFilter):
    """A drop-down of one parameter; values that it does not offer count as none."""

    offered: Callable[[HttpRequest], Choices]
    narrow: Narrow

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return list(type(self).offered(request))

    def value(self) -> str | None:
        value: str | None = super().value()
        return value if value in {str(offered) for offered, _ in self.lookup_choices} else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return type(self).narrow(request, queryset, value) if value else queryset


def filter_by(
    parameter: str, title: str, offered: Choices | Callable[[HttpRequest], Choices]
) -> Callable[[Narrow], type[OfferedFilter]]:
    """Makes a filter of a function that narrows the rows to those of one of the `offered` values."""

    def made(narrow: Narrow) -> type[OfferedFilter]:
        choices = offered if callable(offered) else lambda request: offered
        members = {"title": title, "parameter_name": parameter, "offered": choices, "narrow": narrow}
        return type(narrow.__name__, (OfferedFilter,), {**members, "__doc__": narrow.__doc__})

    return made


def filter_equal(
    parameter: str, title: str, offered: Choices | Callable[[HttpRequest], Choices], lookup: str
) -> type[OfferedFilter]:
    """Makes a filter for the rows whose `lookup` is the chosen value."""
    return filter_by(parameter, title, offered)(lambda _, rows, value: rows.filter(**{lookup: value}))


class DeskList(ChangeList):
    """A list that ignores parameters it does not offer, and shows no count of unfiltered rows."""

    def get_filters_params(self, params: Any = None) -> dict[str, list[str]]:
        given = super().get_filters_params(params)
        return {name: values for name, values in given.items() if all(map(is_plausible, values))}

    def get_filters(self, request: HttpRequest) -> tuple[Any, bool, dict[str, Any], bool, bool]:
        """The filters alone reach the query; what none of them has taken does not."""
        specs, has_filters, _, may_have_duplicates, has_active_filters = super().get_filters(request)
        return specs, has_filters, {}, may_have_duplicates, has_active_filters

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class DeskAdmin(ModelAdmin):
    """The base of every admin class here: nothing is deleted, and no whole table is counted."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_filter_submit = True
    list_per_page = 50

    def pages(self) -> Iterable[Page]:
        """What this model has beside Django's own pages."""
        return ()

    def get_urls(self) -> list[URLPattern]:
        model = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        own = [path(page.route, wrap(page.guarded()), name=f"{model}_{page.name}") for page in self.pages()]
        return [*own, *super().get_urls()]

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
        # Written out: rendering the widget's three templates for 50 rows takes a tenth of the page's time.
        box = '<input type="checkbox" name="{}" value="{}" class="{}" aria-label="Select {}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, checkbox.attrs["class"], obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; without any parameter if one is wrong, such as a page beyond the last."""
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters:
            request.GET = QueryDict()
            return super().get_changelist_instance(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Any: `DeskList` ignores what no filter takes, where Django would refuse the page."""
        return True

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list, and its action for the ticked rows."""
        if ACTION_CHECKBOX_NAME in request.POST:
            data = request.POST.copy()
            ticked = data.getlist(ACTION_CHECKBOX_NAME)
            data.setlist(ACTION_CHECKBOX_NAME, [key for key in ticked if key_of(key)])
            request.POST = data  # type: ignore[assignment]
        return cast(HttpResponse, super().changelist_view(request, *args, **kwargs))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing that partners or auditors may ask about is ever deleted."""
        return False


class ReadOnlyAdmin(DeskAdmin):
    """Pages to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


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
