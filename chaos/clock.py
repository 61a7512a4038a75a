"""A clock that steps: gunicorn's configuration plus a thread that obeys the file CHAOS_CLOCK.

The file holds the offset from the real time in seconds; absent, the clock is right.
"""

import os
import threading
import time
from pathlib import Path
from typing import Any

import time_machine

REAL = time.time


def obey(file: Path) -> None:
    travel: time_machine.travel | None = None
    text = ""
    while True:
        current = file.read_text() if file.exists() else ""
        if current != text:
            if travel:
                travel.stop()
            travel = None
            if current:
                offset = float(current)
                travel = time_machine.travel(REAL() + offset, tick=True)
                travel.start()
            text = current
        time.sleep(0.1)


def post_worker_init(worker: Any) -> None:
    """gunicorn's hook."""
    threading.Thread(target=obey, args=(Path(os.environ["CHAOS_CLOCK"]),), daemon=True).start()
