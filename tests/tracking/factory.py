"""Moved to tests/support/tracked_orders.py."""

from tests.support.tracked_orders import *  # noqa: F403
