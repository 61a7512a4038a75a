"""Paths of the order endpoints."""

from django.urls import re_path

from repairs import views

urlpatterns = [
    re_path(r"^repair/single-order/?$", views.SingleOrderView.as_view(), name="single-order"),
]
