"""Moved to tests/support/workbooks.py."""

from tests.support.workbooks import *  # noqa: F403
