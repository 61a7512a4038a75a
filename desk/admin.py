"""Imports the desk's admin classes, so that Django's admin, which looks here, registers them.

Other pages get their URLs in `pages` of these classes; `sidebar.py` has the menu.
"""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin

from desk import history, keys, orders, outbox, partners, uploads, webhooks, workflows  # noqa: F401

# The admin's log-in is that of `desk/accounts`, with its second factor; that app has its own pages for these.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession])
