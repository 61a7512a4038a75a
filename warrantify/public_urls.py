"""The paths that everybody may know. API paths answer with and without the trailing slash."""

from django.urls import include, path, re_path
from django.views.generic import TemplateView

from warrantify import health
from warrantify.http import errors
from warrantify.observability.metrics import metrics

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    # The busiest first: each path tried costs about 10 µs.
    path("api/warrantify/", include("tracking.urls")),
    path("api/warrantify/", include("repairs.urls")),
    path("api/warrantify/", include("partners.urls")),
    path("api/warrantify/", include("webhooks.urls")),
    path("api/warrantify/", include("estimates.urls")),
    path("api/warrantify/", include("portal.urls")),
    path("estimate/", include("estimates.page_urls")),
    re_path(r"^api(?:/|$)", errors.api_not_found, name="not-found"),
    path("", TemplateView.as_view(template_name="home.html"), name="home"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
