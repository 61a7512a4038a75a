"""Paths of the tracking endpoint."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
