"""Paths of the token endpoints."""

from django.urls import re_path

from partners import views

urlpatterns = [
    re_path(r"^token/?$", views.TokenView.as_view(), name="token"),
    re_path(r"^token/refresh/?$", views.TokenRefreshView.as_view(), name="token-refresh"),
]
