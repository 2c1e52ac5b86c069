"""Django's settings, from the operator's environment (:mod:`palier.site.environment`).

Importing them opens nothing: without ``DATABASE_URL`` they name the server below the data folder, which the command
line starts before (:func:`palier.site.database.available`).
"""

from __future__ import annotations

import zoneinfo
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

from palier.site import (
    attachments,
    database_urls,
    dkim_environment,
    environment,
    logs,
    mail_environment,
    postgres,
    secrets,
)

# Zones come from the tzdata wheel, whatever the machine has: the same deadline everywhere.
zoneinfo.reset_tzpath(to=())

ENVIRONMENT = environment.read()
SECURE = not ENVIRONMENT.plain_http
PACKAGE = Path(__file__).resolve().parent.parent

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key or (secrets.kept(ENVIRONMENT.data) if ENVIRONMENT.demo else "")
# Host names are the vendors' rows: site.middleware answers 421 to all others.
ALLOWED_HOSTS = ["*"]
PALIER_VENDOR_PATHS = ENVIRONMENT.vendor_paths

INSTALLED_APPS = [
    "palier.site",
    "palier.demo",
    "palier.desk",
    "palier.portal",
    "palier.pages",
    "palier.workspace",
    "palier.billing",
    "palier.tickets",
    "palier.ledger",
    "palier.contracts",
    "palier.software",
    "palier.files",
    "palier.services",
    "palier.mail",
    "palier.people",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "palier.site.middleware.CompressedPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # From here on a request belongs to one vendor and runs in that vendor's transaction.
    "palier.site.middleware.VendorMiddleware",
    "palier.site.middleware.VendorSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Needs vendor and user: which language, whose words, which region's typography.
    "palier.pages.middleware.SpeechMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "palier.people.signin.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "palier.site.urls"
WSGI_APPLICATION = "palier.site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = ENVIRONMENT.largest_body

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "palier.pages.context.shell",
            ],
        },
    },
]

# The application connects as palier_app, which row-level security binds; migrations switch to the owner
# (site.database.as_owner), whose address the serving processes need not know.
DATABASE_URL, DATABASE_OWNER_URL = (
    (ENVIRONMENT.database_url, ENVIRONMENT.owner_url)
    if ENVIRONMENT.database_url
    else postgres.urls(postgres.Server(ENVIRONMENT.data))
)
DATABASES: dict[str, dict[str, Any]] = {"default": database_urls.parsed(DATABASE_URL)}

CACHES = {
    # Shared by all processes: rate limits of sign-in are counted here. The table comes with the migrations.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "palier_cache",
        "KEY_FUNCTION": "palier.people.ratelimits.cache_key",
        # With few places somebody could push his own count out by making others.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
}

# Time is kept in UTC; zones are the customers' and the vendors', never the machine's.
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [PACKAGE / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.data / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "attachments": attachments.storage(ENVIRONMENT),
}

# Files people send (palier.files). Those of a form pass the gate first; an empty address of the scanner: none scans.
PALIER_LARGEST_FILE = ENVIRONMENT.largest_file
PALIER_CLAMD = ENVIRONMENT.clamd
# Messages received (palier.mail.intake); where they are received, the receiving process reads for itself.
PALIER_LARGEST_MAIL = mail_environment.read().largest
PALIER_MAIL_KEPT_DAYS = mail_environment.kept_days()
FILE_UPLOAD_HANDLERS = [
    "palier.files.parts.Gate",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

SESSION_ENGINE = "palier.site.sessions"
# __Host-: a browser takes it only over HTTPS, for this very host and all its paths.
_COOKIE = "__Host-palier" if SECURE and not PALIER_VENDOR_PATHS else "palier"
SESSION_COOKIE_NAME = _COOKIE
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_COOKIE}-csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "palier.pages.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{_COOKIE}-language"
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.behind_proxy else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        # data: for the small pictures inside Tabler's stylesheet.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}

# What the database must not know in clear is sealed with these, or with the key in the file (people/secrets.py).
PALIER_SEALING_KEYS = ENVIRONMENT.sealing_keys
PALIER_SEALING_KEY_FILE = ENVIRONMENT.data / "sealing.key"

# Where the payment provider is called; empty: Stripe's own address. Never a vendor's word (billing/provider.py).
PALIER_STRIPE_API = ENVIRONMENT.stripe_api

# Sign-in: people/adapters.py, forms.py and signin.py; docs/explanation/sign-in.md.
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["palier.people.backends.VendorBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
PALIER_STAFF_REDIRECT_URL = "desk:start"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    )
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_ADAPTER = "palier.people.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "palier.people.forms.SignInForm",
    "reset_password": "palier.people.forms.ForgottenPasswordForm",
    "user_token": "palier.people.forms.ResetLinkForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# allauth asks for this where people sign in by address. One address may still be an account at each vendor: people are
# looked up in people_user, which shows one vendor's, and people's migrations drop allauth's index across vendors.
ACCOUNT_UNIQUE_EMAIL = True
# For the same reason the address is not unique by itself, only together with the vendor.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Changing the password ends all other sessions (their hash no longer fits); this one goes on under a new key.
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Amount / time / what is counted, several separated by commas. Counted in the shared cache, each vendor apart.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/5m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/15m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "identity": "30/m/ip",
    # Links of letters that lead nowhere: nobody types one, so many of them are guesses.
    "act_link": "30/10m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENVIRONMENT.behind_proxy else 0
MFA_ADAPTER = "palier.people.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Addresses are not typed in by visitors here: whoever made the account knows whose it is.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_RATE_LIMITS = {"webauthn_login": "20/m/ip"}
USERSESSIONS_TRACK_ACTIVITY = False

# Letters are signed with this key, where there is one (mail/signing.py).
PALIER_DKIM = dkim_environment.read()
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from
# The demonstration's programmes carry real addresses: nothing may leave the machine from there.
if ENVIRONMENT.mail is not None and not ENVIRONMENT.demo:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = ENVIRONMENT.mail.host
    EMAIL_PORT = ENVIRONMENT.mail.port
    EMAIL_HOST_USER = ENVIRONMENT.mail.user
    EMAIL_HOST_PASSWORD = ENVIRONMENT.mail.password
    EMAIL_USE_TLS = ENVIRONMENT.mail.starttls
    EMAIL_USE_SSL = ENVIRONMENT.mail.tls
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(ENVIRONMENT.data / "mail")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_IMPORT_PATHS = ["palier.site.upkeep"]

LOGGING = logs.configuration(level=ENVIRONMENT.log_level, form=ENVIRONMENT.log_format)
