"""The desk's log-in form."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget


class LogInForm(LoginForm):
    """Name and password of a member of staff; a partner's login is refused like an unknown one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attrs = {"autofocus": True, "autocomplete": "username"}
        self.fields["login"].widget = UnfoldAdminTextInputWidget(attrs)
        self.fields["login"].label = "User name"
        self.fields["password"].widget = UnfoldAdminPasswordWidget({"autocomplete": "current-password"})
        self.fields["password"].help_text = ""

    def clean(self) -> dict[str, Any]:
        """Raises TooManyRequestsError (429) by the adapter, ValidationError for anything wrong."""
        if settings.OIDC_ONLY:
            raise forms.ValidationError("Log in by single sign-on.")
        cleaned: dict[str, Any] = super().clean()
        if self.user is not None and not self.user.is_staff:
            raise get_adapter().validation_error("username_password_mismatch")
        return cleaned
