"""Paths of the order endpoints."""

from django.urls import re_path

from repairs import views

urlpatterns = [
    re_path(r"^repair/single-order/?$", views.SingleOrderView.as_view(), name="single-order"),
    re_path(r"^repair/bulk-order/?$", views.BulkOrderView.as_view(), name="bulk-order"),
    re_path(r"^sample-template/?$", views.SampleTemplateView.as_view(), name="sample-template"),
]
