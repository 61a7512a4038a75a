"""Moved to tests/support/smtp.py."""

from tests.support.smtp import *  # noqa: F403
