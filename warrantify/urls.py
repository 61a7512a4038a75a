"""Every path of the service: the public ones and the desk's."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from warrantify import public_urls
from warrantify.public_urls import handler403, handler404, handler500  # noqa: F401

urlpatterns = [
    *public_urls.urlpatterns,
    path(f"{settings.ADMIN_PATH}account/", include("desk.accounts.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
]

handler400 = "desk.base.bad_request"
