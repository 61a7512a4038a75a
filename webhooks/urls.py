"""Paths of the webhook endpoints."""

from django.urls import re_path

from webhooks import views

_ONE = r"^webhooks/(?P<webhook_id>[^/]+)"

urlpatterns = [
    re_path(r"^webhooks/?$", views.WebhookListView.as_view(), name="webhooks"),
    re_path(rf"{_ONE}/?$", views.WebhookDetailView.as_view(), name="webhook"),
    re_path(rf"{_ONE}/secret/?$", views.SecretView.as_view(), name="webhook-secret"),
    re_path(rf"{_ONE}/test/?$", views.TestView.as_view(), name="webhook-test"),
    re_path(rf"{_ONE}/deliveries/?$", views.DeliveriesView.as_view(), name="webhook-deliveries"),
    re_path(rf"{_ONE}/replay/?$", views.ReplayView.as_view(), name="webhook-replay"),
]
