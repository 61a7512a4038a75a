"""Moved to tests/support/orders.py."""

from tests.support.orders import *  # noqa: F403
