"""Partners, their users and their keys."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """The app."""

    name = "partners"
