"""Moved to tests/support/service.py."""

from tests.support.service import *  # noqa: F403
