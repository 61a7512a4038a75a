"""Everything the environment decides, read once and strictly; `.env.example` explains each name.

A secret may also be given as NAME_FILE, the path of a file that holds it. The environment wins
over `.env`. `warrantify/checks.py` tells a deployer what is missing or wrong.
"""

import os
import warnings
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from environ import Env

from warrantify.environment import (
    Reader,
    between,
    cache,
    database,
    email,
    flag,
    log_level,
    number,
    one_of,
    pairs,
    time_zone,
    words,
)

BASE_DIR = Path(__file__).resolve().parent.parent
Env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
env = Reader()

DEBUG = env("DEBUG", flag, False)


def secret(name: str) -> str:
    """A secret from the environment; without one only development gets a stand-in.

    In production an absent secret is a short random text, on which the system checks refuse to
    start: libraries that read it while they are imported must not fail before the check speaks.
    """
    stand_in = f"development-only-{name}-is-no-secret" if DEBUG else token_urlsafe(8)
    return env(name, str, "") or stand_in


SECRET_KEY = secret("SECRET_KEY")
# Old ones that sessions and second factors were kept with, comma separated.
SECRET_KEY_FALLBACKS = env("PREVIOUS_SECRET_KEYS", words, [])
JWT_SIGNING_KEY = secret("JWT_SIGNING_KEY")
JWT_PREVIOUS_SIGNING_KEYS = env("JWT_PREVIOUS_SIGNING_KEYS", words, [])
REQUEST_ID_SECRET = secret("REQUEST_ID_SECRET")
# Encrypts the secrets of webhooks in the database; see `webhooks/secrets.py`.
WEBHOOK_SECRETS_KEY = env("WEBHOOK_SECRETS_KEY", str, "") or SECRET_KEY
WEBHOOK_PREVIOUS_SECRETS_KEYS = env("WEBHOOK_PREVIOUS_SECRETS_KEYS", words, [])
# Lets webhooks lead to private addresses and use plain http; for development only.
WEBHOOK_ALLOW_PRIVATE = env("WEBHOOK_ALLOW_PRIVATE", flag, False)

ALLOWED_HOSTS = env("ALLOWED_HOSTS", words, ["localhost", "127.0.0.1", "[::1]"])
# Where people reach the service: links in mails begin with it.
PUBLIC_URL = env("PUBLIC_URL", str, "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = env("CSRF_TRUSTED_ORIGINS", words, [])

INSTALLED_APPS = [
    "django.contrib.auth",  # before desk, whose admin replaces theirs
    "rest_framework_simplejwt.token_blacklist",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "warrantify",
    "partners",
    "outbox",
    "repairs",
    "tracking",
    "webhooks",
    "estimates",
    "demo",
    "desk",
    "portal",
    "unfold",  # before django.contrib.admin, whose site and templates it replaces
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "warrantify.http.middleware.CorrelationId",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "warrantify.http.middleware.PageGuard",
    "warrantify.http.middleware.Programs",
    # What follows is for pages.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "warrantify.http.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "desk.accounts.middleware.StaffSessions",
    "warrantify.http.page_errors.PageErrors",
    "desk.technicians.Confine",
]

ROOT_URLCONF = "warrantify.urls"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "desk" / "accounts" / "templates"],  # in place of django-allauth's
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "desk.accounts.context.of_accounts",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------

# Behind PgBouncer in transaction mode. The worker then listens by the other address, or polls.
DATABASE_POOLED = env("DATABASE_POOLED", flag, False)
DIRECT_DATABASE_URL = env("DIRECT_DATABASE_URL", str, "")

_database = env("DATABASE_URL", database, database(f"sqlite:///{BASE_DIR / 'db.sqlite3'}"))
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN, where the busy timeout applies; upgrading a read
    # transaction later fails at once with "database is locked".
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode = WAL",
    }
else:
    # What the URL says wins: ?DISABLE_SERVER_SIDE_CURSORS=true&connect_timeout=5
    _database = {
        "CONN_MAX_AGE": env("CONN_MAX_AGE", number, 600),
        "CONN_HEALTH_CHECKS": True,
        # Behind PgBouncer's transaction mode a cursor on the server does not outlive its transaction.
        "DISABLE_SERVER_SIDE_CURSORS": DATABASE_POOLED,
        **_database,
        # A host that swallows packets is given up on within 5 s: 2 to connect, 3 without an acknowledgement.
        "OPTIONS": {"connect_timeout": 2, "tcp_user_timeout": 3000, **_database.get("OPTIONS", {})},
    }
DATABASES: dict[str, dict[str, Any]] = {"default": _database}

# A copy that PostgreSQL keeps, for the reads that partners poll; see `replicas.py`.
if _replica := env("REPLICA_DATABASE_URL", database, None):
    DATABASES["replica"] = _database | _replica
    DATABASE_ROUTERS = ["warrantify.replicas.ReplicaRouter"]

# How many request IDs a process allocates at a time for single orders; see `repairs/request_ids.py`.
REQUEST_ID_BLOCK = env("REQUEST_ID_BLOCK", between(1, 1000), 16)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_cache = env("CACHE_URL", cache, cache("locmemcache://"))
if _cache["BACKEND"].startswith("django_redis"):
    # With Redis away requests pass, and wait no longer than this (seconds).
    _patience = {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2}
    _cache["OPTIONS"] = _cache.get("OPTIONS", {}) | _patience
CACHES = {"default": _cache}

# --- Time and language ----------------------------------------------------------------------

TIME_ZONE = env("TIME_ZONE", time_zone, "Asia/Kolkata")
LANGUAGE_CODE = "en-in"
USE_I18N = False
FORMAT_MODULE_PATH = "warrantify.formats"

# --- Credentials ----------------------------------------------------------------------------

AUTH_USER_MODEL = "partners.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTHENTICATION_BACKENDS = ["partners.logins.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env("ACCESS_TOKEN_MINUTES", between(1, 10_080), 60)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env("REFRESH_TOKEN_DAYS", between(1, 365), 7)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,
}

# Brute force, on the desk and on token: a username is locked for the address that tries it. See
# `partners/logins.py`.
LOGIN_FAILURE_LIMIT = env("LOGIN_FAILURE_LIMIT", number, 20)
LOGIN_LOCKOUT_MINUTES = env("LOGIN_LOCKOUT_MINUTES", between(1, 10_080), 15)

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "warrantify.http.responses.OneMediaType",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "warrantify.http.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}

# What the OpenAPI document says of the API as a whole is added by the hook.
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Warrantify partner API",
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": "/api/warrantify",
    # Without the enum hook choices stay in place: a component per enum does not help a reader.
    "POSTPROCESSING_HOOKS": ["portal.openapi.document.complete"],
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SORT_OPERATION_PARAMETERS": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "displayRequestDuration": True,
        "persistAuthorization": False,
        "tryItOutEnabled": True,
        "defaultModelsExpandDepth": 0,
        "validatorUrl": None,
    },
}

# --- Staff: second factor, passkeys, single sign-on (desk/accounts) --------------------------

STAFF_MFA = env("STAFF_MFA", one_of("required", "optional"), "optional")
SESSION_IDLE_MINUTES = env("SESSION_IDLE_MINUTES", between(0, 720), 60)
OIDC_ISSUER = env("OIDC_ISSUER", str, "")
OIDC_CLIENT_ID = env("OIDC_CLIENT_ID", str, "")
OIDC_CLIENT_SECRET = env("OIDC_CLIENT_SECRET", str, "")
OIDC_GROUPS_CLAIM = env("OIDC_GROUPS_CLAIM", str, "groups")
OIDC_GROUP_MAP = env("OIDC_GROUP_MAP", pairs, {})
OIDC_ONLY = env("OIDC_ONLY", flag, False)
OIDC_PROVIDER_ID = "staff"

LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "desk.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "desk.accounts.forms.LogInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_SESSION_REMEMBER = True  # a session ends by time, not with the browser
# Passwords are limited in partners/logins.py; "login_failed" is what limits codes, by user.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "10/5m/key"}
MFA_ADAPTER = "desk.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = not OIDC_ONLY
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Warrantify"
MFA_TOTP_TOLERANCE = 1
# Browsers offer passkeys to https and localhost only; this lets the latter try them without TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
SOCIALACCOUNT_ADAPTER = "desk.accounts.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form would be stopped by our `form-action 'self'`
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": OIDC_PROVIDER_ID,
                "name": "single sign-on",
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
            }
        ]
    }

# --- Security -------------------------------------------------------------------------------
# TLS ends at a proxy in most deployments, so these start off; `manage.py check --deploy` asks for them.

SECURE_SSL_REDIRECT = env("SECURE_SSL_REDIRECT", flag, False)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env("SECURE_HSTS_SECONDS", number, 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env("SECURE_HSTS_INCLUDE_SUBDOMAINS", flag, False)
SECURE_HSTS_PRELOAD = env("SECURE_HSTS_PRELOAD", flag, False)
TRUSTED_PROXIES = env("TRUSTED_PROXIES", number, 0)
if env("SECURE_PROXY", flag, False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = env("SECURE_COOKIES", flag, SECURE_SSL_REDIRECT)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "warrantify.http.errors.csrf_failure"
SESSION_COOKIE_AGE = 60 * 60 * 12
CSRF_COOKIE_SAMESITE = "Strict"
LOGIN_REDIRECT_URL = "admin:index"
# New keys are shown through messages: these must never travel in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

ADMIN_PATH = env("ADMIN_PATH", str, "admin").strip("/") + "/"
ADMIN_ALLOWED_NETWORKS = env("ADMIN_ALLOWED_NETWORKS", words, [])
METRICS_TOKEN = env("METRICS_TOKEN", str, "")
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The admin's Alpine.js compiles the expressions in its attributes, which is 'unsafe-eval' to a browser.
ADMIN_CONTENT_SECURITY_POLICY = f"{CONTENT_SECURITY_POLICY}; script-src 'self' 'unsafe-eval'"

# --- Static files, mail, logs ---------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_ROOT", Path, BASE_DIR / "staticfiles")
# What was never collected is served from the packages, so that no page depends on that step.
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()
warnings.filterwarnings("ignore", "No directory at", UserWarning)  # WhiteNoise's, of STATIC_ROOT
# Photos and PDFs of orders: a folder, or a bucket of any service that speaks S3. No URL leads to
# them; the desk serves them to those who may see the order.
MEDIA_ROOT = env("MEDIA_ROOT", Path, BASE_DIR / "media")
FILE_UPLOAD_PERMISSIONS = 0o640
S3_BUCKET = env("S3_BUCKET", str, "")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env("S3_ENDPOINT_URL", str, None),
            "region_name": env("S3_REGION", str, None),
            "access_key": env("S3_ACCESS_KEY", str, None),
            "secret_key": env("S3_SECRET_KEY", str, None),
            "file_overwrite": False,
        },
    }
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "warrantify.storage.StaticFilesStorage"
    },
}

vars().update(env("EMAIL_URL", email, email(f"filemail:///{BASE_DIR / 'mail'}")))
EMAIL_TIMEOUT = 10  # seconds without a byte
EMAIL_DEADLINE = 30.0  # seconds that sending may take in all: as long as a stop of the worker may
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", str, "Warrantify <no-reply@localhost>")

LOG_LEVEL = env("LOG_LEVEL", log_level, "INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "correlation_id": {"()": "warrantify.observability.logs.CorrelationIdFilter"},
        "endpoint": {"()": "warrantify.observability.logs.EndpointFilter"},
    },
    "formatters": {"json": {"()": "warrantify.observability.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["correlation_id"]},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Its own handlers would print what our formatter leaves out.
        "django": {"handlers": [], "propagate": True, "level": LOG_LEVEL},
        # A refusal is the client's affair; only faults of ours are worth a line here.
        "django.request": {"level": "ERROR", "filters": ["endpoint"]},
    },
}

# --- The operations desk --------------------------------------------------------------------

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Warrantify",
    "SITE_HEADER": "Warrantify",
    "SITE_SUBHEADER": "Operations desk",
    "SITE_SYMBOL": "build",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("desk/icon.svg")}
    ],
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [lambda request: static("desk/desk.js")],
    # Tailwind's blue, in the lightness that keeps white text on it readable.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(54.6% .245 262.9)",
            "700": "oklch(48.8% .243 264.4)",
            "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)",
            "950": "oklch(28.2% .091 267.9)",
        }
    },
    "DASHBOARD_CALLBACK": "desk.dashboard.add_figures",
    "ACCOUNT": {"navigation": [{"title": "Your account", "link": reverse_lazy("desk_account")}]},
    "SIDEBAR": {"navigation": "desk.sidebar.navigation"},
}

# Threads of a web process, as gunicorn.conf.py reads it. One of them is always left for probes.
WEB_THREADS = env("WEB_THREADS", between(1, 1000), 8)

# --- Limits ---------------------------------------------------------------------------------

MAX_JSON_BYTES = 256 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_JSON_BYTES

MAX_UPLOAD_FILE_BYTES = 10 * 1024 * 1024
MAX_UPLOAD_BODY_BYTES = 16 * 1024 * 1024  # past this a form is refused unread

# How often a caller may use a class of endpoints, such as 600/min; 0 is off. See `http/limits.py`.
# Those of log-ins are on by default: a password hash costs a tenth of a second, and anyone may ask for one.
_DEFAULT_RATES = {"login": "30/min", "login_ip": "120/min", "approval": "120/min"}
RATE_LIMITS: dict[str, str] = {
    name: env(f"RATE_LIMIT_{name.upper()}", str, _DEFAULT_RATES.get(name, "0"))
    for name in ("orders", "bulk", "template", "tracking", "webhooks", "login", "login_ip", "approval")
}

env.refuse_faults()  # last: it reports on everything that was read above
