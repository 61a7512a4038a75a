"""The WSGI application; refuses to start on a broken configuration."""

import os
import sys

from django.core.checks import ERROR, run_checks
from django.core.wsgi import get_wsgi_application

from warrantify.bodies import ChunkedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warrantify.settings")

application = ChunkedBodies(get_wsgi_application())

# manage.py runs these on its own; gunicorn comes straight here.
if faults := [check for check in run_checks(tags=["warrantify"]) if check.level >= ERROR]:
    print(*faults, sep="\n", file=sys.stderr)
    sys.exit(3)  # to gunicorn: do not try again
