"""Moved to tests/support/staff.py."""

from tests.support.staff import *  # noqa: F403
