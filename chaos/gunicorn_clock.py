"""The service's own gunicorn configuration, with a clock that can be stepped.

The file CHAOS_CLOCK holds the clock's offset in seconds; while it is absent the clock is right.
"""

import os
import threading
import time
from pathlib import Path
from typing import Any

import time_machine

exec((Path(__file__).parent.parent / "gunicorn.conf.py").read_text())  # as gunicorn itself reads it


def offset(file: Path) -> str:
    """What the file holds; in one step, as it may go at any moment."""
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def obey(file: Path) -> None:
    text, travel = "", None
    while True:
        current = offset(file)
        if current != text:
            if travel:
                travel.stop()
            travel = time_machine.travel(time.time() + float(current), tick=True) if current else None
            if travel:
                travel.start()
            text = current
        time.sleep(0.1)


def post_worker_init(worker: Any) -> None:
    """gunicorn's hook."""
    threading.Thread(target=obey, args=(Path(os.environ["CHAOS_CLOCK"]),), daemon=True).start()
