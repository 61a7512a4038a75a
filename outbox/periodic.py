"""Work that a worker does from time to time, such as deleting what is past its age.

Apps register functions in `AppConfig.ready`. Every worker runs each of them, so a function must be
safe to run in several workers at once, and must do no harm when it is run more often than asked.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import close_old_connections

logger = logging.getLogger(__name__)

HOURLY = timedelta(hours=1)


@dataclass
class _Job:
    run: Callable[[], object]
    every: timedelta
    next_at: float = field(default=0.0)


_JOBS: dict[str, _Job] = {}


def register(name: str, run: Callable[[], object], every: timedelta = HOURLY) -> None:
    """Has each worker call `run` when it starts and then each `every`; `name` stands in its log."""
    _JOBS[name] = _Job(run, every)


def run_due() -> None:
    """Runs what is due. A job that fails is logged and runs again at its next time."""
    for name, job in _JOBS.items():
        if time.monotonic() < job.next_at:
            continue
        job.next_at = time.monotonic() + job.every.total_seconds()
        close_old_connections()
        try:
            job.run()
        except Exception as error:  # one job's fault must not end the worker, nor the other jobs
            logger.error("Periodic %s failed: %s", name, type(error).__name__, exc_info=error)
