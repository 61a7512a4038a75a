"""The service's settings with what a test run needs: secrets of its own and a quick password hash.

The database comes from TEST_DATABASE_URL (SQLite without it) and from nowhere else: neither `.env`
nor DATABASE_URL can turn a test run loose on real data.
"""

import os

os.environ["ENV_FILE"] = os.devnull
os.environ["DEBUG"] = "off"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or "sqlite:///test.sqlite3"
os.environ["EMAIL_URL"] = "memorymail://"
os.environ["CACHE_URL"] = "locmemcache://"
os.environ["RATE_LIMIT_LOGIN"] = os.environ["RATE_LIMIT_LOGIN_IP"] = "0"
for _name in ("SECRET_KEY", "JWT_SIGNING_KEY", "REQUEST_ID_SECRET"):
    os.environ[_name] = f"test-only-{_name}-0123456789-0123456789"

from warrantify.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
# Each test client would look for every static file of every app again.
WHITENOISE_USE_FINDERS = False
