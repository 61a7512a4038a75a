"""Repair orders: the two ways in, and what is kept of them."""

from django.apps import AppConfig


class RepairsConfig(AppConfig):
    """The app."""

    name = "repairs"
