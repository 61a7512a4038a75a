"""Prometheus metrics: what each process counts, and what is read from the database.

Under gunicorn the web processes share their counts through files in PROMETHEUS_MULTIPROC_DIR
(`gunicorn.conf.py` sets it), so that any of them can answer for all.
"""

import hmac
import os

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

REQUEST_SECONDS = Histogram(
    "warrantify_request_seconds",
    "Duration of requests by endpoint and status.",
    ["endpoint", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

# Read from the database at each scrape; apps above this one register their collectors.
DATABASE_REGISTRY = CollectorRegistry()


def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics as text, for `Authorization: Bearer <METRICS_TOKEN>`; to others it is a 404."""
    sent = request.META.get("HTTP_AUTHORIZATION", "").encode()
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    if not settings.METRICS_TOKEN or not hmac.compare_digest(sent, expected):
        raise Http404
    body = generate_latest(_process_registry()) + generate_latest(DATABASE_REGISTRY)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _process_registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
