"""Paths of the estimate endpoints."""

from django.urls import re_path

from estimates import views

urlpatterns = [re_path(r"^claim/estimate/?$", views.EstimateView.as_view(), name="estimate")]
