"""The path of the approval page."""

from django.urls import path

from estimates.approval_page import approval

urlpatterns = [path("<str:token>/", approval, name="approval")]
