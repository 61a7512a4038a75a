from django.urls import path

from benchmarks.stock import views

urlpatterns = [
    path("api/warrantify/repair/single-order/", views.SingleOrderView.as_view()),
    path("api/warrantify/claim/tracking/", views.TrackingView.as_view()),
]
