"""Registers every page of the desk with Django's admin, which looks for them here."""

from desk import history, keys, orders, outbox, partners, uploads, workflows  # noqa: F401
