"""Paths of staff's accounts: our pages, and those of django-allauth that we use."""

from allauth.account import views
from allauth.mfa.webauthn.views import login_webauthn
from allauth.socialaccount.providers.openid_connect import urls as openid_connect
from django.urls import include, path

from desk.accounts import pages

urlpatterns = [
    *pages.urlpatterns,
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("2fa/webauthn/login/", pages.limited(login_webauthn), name="mfa_login_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
    path("oidc/<str:provider_id>/login/", pages.sign_on),
    path("", include(openid_connect)),
    path("oidc/refused/", pages.refused, name="socialaccount_login_error"),
    path("oidc/cancelled/", pages.refused, name="socialaccount_login_cancelled"),
    path("oidc/new/", pages.refused, name="socialaccount_signup"),
]
