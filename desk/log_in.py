"""The desk's log-in form."""

from typing import Any

from unfold.forms import AuthenticationForm

from partners.logins import count_attempt


class LogInForm(AuthenticationForm):
    """Unfold's, under the rate limits of log-ins."""

    def clean(self) -> dict[str, Any]:
        """Raises TooManyRequestsError (429), before the password is looked at."""
        count_attempt(self.request, self.cleaned_data.get("username", ""))
        cleaned: dict[str, Any] = super().clean()
        return cleaned
