"""The clock of sandbox orders."""

from datetime import UTC, datetime, timedelta

import time_machine

NOON = datetime(2026, 11, 20, 12, 0, 0, 700_000, tzinfo=UTC)


def after(clock: time_machine.Traveller, **elapsed: float) -> None:
    """Sets the clock to so long after noon."""
    clock.move_to(NOON + timedelta(**elapsed))
