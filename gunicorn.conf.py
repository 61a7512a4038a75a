"""How gunicorn serves; each figure can be set by the environment."""

import os
from pathlib import Path

wsgi_app = "warrantify.wsgi"
bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", os.cpu_count() or 1))
# Each thread holds one database connection; 4 keep a core busy while others wait for the database.
threads = int(os.environ.get("WEB_THREADS", "4"))

keepalive = 75  # longer than a load balancer's usual 60 s, so that it, not we, ends the connection
timeout = 60
graceful_timeout = 30
# A worker's heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
