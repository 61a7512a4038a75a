"""The desk's forms about partners; what they ask for goes to `partners/services.py`."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone

from desk.widgets import DeskForm, date_time_input
from estimates.models import Approver
from partners.services import DEFAULT_KEY_NAME

_FOCUSED = {"autofocus": True}


def _password() -> forms.CharField:
    help_text = "Leave it empty to have one made; it is shown once."
    return forms.CharField(required=False, max_length=128, help_text=help_text, empty_value=None)


class PartnerForm(DeskForm):
    """A new partner with its first user and key."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(_FOCUSED))
    email = forms.EmailField()
    username = forms.CharField(max_length=150, help_text="The login of the partner's systems.")
    password = _password()
    sandbox = forms.BooleanField(
        required=False, help_text="For trying out: its orders never show on the desk."
    )


class UserForm(DeskForm):
    """A further login for a partner's systems."""

    username = forms.CharField(max_length=150, widget=forms.TextInput(_FOCUSED))
    email = forms.EmailField(required=False)
    password = _password()


class EndForm(DeskForm):
    """When a key ends, which cannot be in the past."""

    expires_at = forms.DateTimeField(
        required=False, widget=date_time_input(), help_text="Empty: until it is revoked."
    )

    def clean_expires_at(self) -> datetime | None:
        end: datetime | None = self.cleaned_data["expires_at"]
        if end is not None and end <= timezone.now():
            raise forms.ValidationError("This is in the past. To end the key now, revoke it.")
        return end


class KeyForm(EndForm):
    """A new key."""

    field_order = ["name", "expires_at"]

    name = forms.CharField(max_length=100, initial=DEFAULT_KEY_NAME, widget=forms.TextInput(_FOCUSED))


class RotateForm(DeskForm):
    """How long the old key works beside its successor."""

    overlap_hours = forms.IntegerField(
        min_value=0,
        max_value=24 * 90,
        initial=72,
        label="Overlap in hours",
        help_text="The old key works so long beside the new one; 0 ends it now.",
        widget=forms.NumberInput(_FOCUSED),
    )


class ApproverForm(DeskForm):
    """Who gets the approval mails of a partner's orders."""

    kind = forms.ChoiceField(label="Approval by mail", choices=Approver.Kind.choices)
    email = forms.EmailField(
        label="E-mail of the partner's approver", required=False, help_text="Only for the partner's approver."
    )


def in_a_year() -> str:
    """The default end of a new key, as the picker writes it."""
    return f"{timezone.localtime() + timedelta(days=365):%Y-%m-%dT%H:%M}"
