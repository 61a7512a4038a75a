"""Where each repair stands."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """The app."""

    name = "tracking"
