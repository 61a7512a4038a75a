"""The WSGI application; refuses to start on a broken configuration."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

from warrantify.checks import refuse_faults
from warrantify.http.chunked_bodies import ChunkedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warrantify.settings")

gc.disable()  # importing leaves little garbage, and looking for it takes a tenth of the time
application = ChunkedBodies(get_wsgi_application())

from warrantify import patience  # noqa: E402 (reads the settings)

patience.install()

# manage.py runs these itself; servers start here. Status 3 makes gunicorn give up at once.
refuse_faults(3)

# A thread that reads an upload gives way to others after 1 ms, not Python's 5: an order waits for that
# at each of its statements.
sys.setswitchinterval(0.001)

# Later collections pass over what is loaded now: it stays, and looking at it stops all threads for 60 ms.
gc.freeze()
gc.enable()
