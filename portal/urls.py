"""Paths of the portal, which need no credentials."""

from django.urls import re_path

from portal import views

urlpatterns = [
    re_path(r"^schema/?$", views.SchemaView.as_view(), name="schema"),
    re_path(r"^guide/?$", views.GuideView.as_view(), name="guide"),
    re_path(r"^docs/?$", views.ExplorerView.as_view(), name="docs"),
]
