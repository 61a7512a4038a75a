"""Invented orders, for a look at a desk that has work to do."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The app."""

    name = "demo"
