"""The partner developers' portal: schema, explorer, guide, and the check of a deployed service."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The app."""

    name = "portal"
