"""Forms in the desk's look."""

from datetime import date
from typing import Any, cast

from django import forms
from django.http import QueryDict
from unfold import widgets

from tracking.times import MAX_YEAR, MIN_YEAR

_WIDGETS: dict[type[forms.Widget], type[forms.Widget]] = {
    forms.Textarea: widgets.UnfoldAdminTextareaWidget,
    forms.EmailInput: widgets.UnfoldAdminEmailInputWidget,
    forms.NumberInput: widgets.UnfoldAdminIntegerFieldWidget,
    forms.CheckboxInput: widgets.UnfoldBooleanWidget,
    forms.ClearableFileInput: widgets.UnfoldAdminFileFieldWidget,
    forms.Select: widgets.UnfoldAdminSelectWidget,
    forms.TextInput: widgets.UnfoldAdminTextInputWidget,
    forms.PasswordInput: widgets.UnfoldAdminPasswordInput,
}
_INPUT = {"class": widgets.UnfoldAdminTextInputWidget().attrs["class"]}


def date_input() -> forms.DateInput:
    """The browser's own date picker."""
    return forms.DateInput({"type": "date", **_INPUT}, format="%Y-%m-%d")


def date_time_input() -> forms.DateTimeInput:
    """The browser's own picker; local time of the server's zone, to the minute."""
    return forms.DateTimeInput({"type": "datetime-local", **_INPUT}, format="%Y-%m-%dT%H:%M")


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


def apply_widget(field: forms.Field) -> None:
    """Replaces a plain widget by the desk's; hidden and special ones stay."""
    plain = field.widget
    if desks := _WIDGETS.get(type(plain)):
        field.widget = desks(attrs=plain.attrs)
        if isinstance(plain, forms.Select):
            field.widget.choices = plain.choices
        field.widget.is_required = field.required


def _validate_year(value: date) -> None:
    if not MIN_YEAR <= value.year <= MAX_YEAR:
        raise forms.ValidationError(f"Enter a year from {MIN_YEAR} to {MAX_YEAR}.")
