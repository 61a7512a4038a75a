"""Paths of the tracking endpoints."""

from django.urls import re_path

from tracking import views

urlpatterns = [
    re_path(r"^claim/tracking/?$", views.TrackingView.as_view(), name="tracking"),
    re_path(r"^claim/tracking/batch/?$", views.TrackingBatchView.as_view(), name="tracking-batch"),
]
