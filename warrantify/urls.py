"""Every path of the service. API paths answer with and without the trailing slash."""

from django.contrib import admin
from django.urls import include, path, re_path

from warrantify import errors, health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/warrantify/", include("partners.urls")),
    path("api/warrantify/", include("repairs.urls")),
    path("api/warrantify/", include("tracking.urls")),
    path("api/warrantify/", include("portal.urls")),
    re_path(r"^api(?:/|$)", errors.api_not_found),
    path("admin/", admin.site.urls),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
