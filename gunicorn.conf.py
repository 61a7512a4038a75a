"""How gunicorn serves; each figure can be set by the environment."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def whole_number(name: str, default: int) -> int:
    """The environment's value; ends gunicorn with a sentence where it is none from 1 to 1000."""
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        sys.exit(f"{name} must be a whole number from 1 to 1000.")
    return int(text)


wsgi_app = "warrantify.wsgi"
bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")

worker_class = "warrantify.server.Worker"  # gthread
logger_class = "warrantify.server.Logger"
workers = whole_number("WEB_CONCURRENCY", os.cpu_count() or 1)
# Each thread holds one database connection. 4 keep a core busy while the disk is fast; 8 do while a commit
# takes 5 ms, and where the connections are spread unevenly over the processes.
threads = whole_number("WEB_THREADS", 8)

keepalive = 75  # longer than a load balancer's usual 60 s, so that it, not we, ends the connection
timeout = 60
graceful_timeout = 30
# A process's heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# It waits without limit for a client that reads nothing.
sendfile = False

# gunicorn's own lines (starts, stops, refusals) are JSON too; requests are logged by the application.
logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"correlation_id": {"()": "warrantify.observability.logs.CorrelationIdFilter"}},
    "formatters": {"json": {"()": "warrantify.observability.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["correlation_id"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"handlers": [], "propagate": True, "level": "INFO"}},
}

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190

# Where the web processes share their metrics. In the environment it outlives a reload (SIGHUP).
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="warrantify-", dir=worker_tmp_dir)


def on_starting(server: Any) -> None:
    """Refuses a broken configuration before there are processes: two that fail at once make gunicorn
    print a trace. A process of its own, so that the master loads nothing that a reload should renew.
    """
    if subprocess.call([sys.executable, "-m", "warrantify.checks"]):
        sys.exit(1)


def on_exit(server: Any) -> None:
    """The master ends, and the counts with it."""
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
