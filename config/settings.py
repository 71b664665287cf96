"""Settings. Everything that differs between machines comes from the environment."""

import os
from datetime import timedelta
from pathlib import Path

import pghistory
from csp.constants import NONE, SELF, UNSAFE_INLINE

from config.environment import Environment, live_origins

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(BASE_DIR / ".env")
VAR_DIR = env.folder("VAR_DIR", default=BASE_DIR / "var")

# DEBUG=1 is development, DEBUG=0 is production. Not set, it is this machine only: as production,
# with a key of its own making, plain http, and static files served as they are.
DEBUG = env.flag("DEBUG", default=False)
IS_PRODUCTION = "DEBUG" in os.environ and not DEBUG
IS_HTTPS = env.flag("HTTPS", default=False)
SECRET_KEY = env.secret_key(is_production=IS_PRODUCTION, var_dir=VAR_DIR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SALT_KEY = env.list("SALT_KEY", default=["crossdesk-field-encryption"])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

MODEL_DIR = VAR_DIR / "models"
# A folder with model.onnx and tokenizer.json, or "none"; set-up makes the default one.
ROUTING_ENCODER = env.text("ROUTING_ENCODER", default=str(VAR_DIR / "encoder"))
MEDIA_ROOT = VAR_DIR / "media"

INSTALLED_APPS = [
    "config",
    "accounts",
    "routing",
    "inbox",
    "publishing",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "heroicons",
    "pghistory",
    "pgtrigger",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.machines.deliveries_first",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.time_zone",
    "accounts.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context_processors.live",
            ],
        },
    },
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"screen": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["screen"], "level": env.text("LOG_LEVEL", default="WARNING").upper()},
}

DATABASES = {"default": env.database(var_dir=VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Wrong passwords are counted by axes, in the database, for all processes together; many people
# may share one address.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip"}
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "accounts.lockout.guessed_name"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.respond"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# The audit trail: rows are only ever added, each with who did it, where and when.
PGHISTORY_APPEND_ONLY = True
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_DEFAULT_TRACKERS = (
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
)
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# Without a mail server, mails are printed where the web process prints.
EMAIL_HOST = env.text("EMAIL_HOST", default="")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = env.number("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.text("EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", default="")
EMAIL_USE_TLS = env.flag("EMAIL_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", default="Crossdesk <crossdesk@localhost>")

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
# Whether the other hosts of the domain speak https is not ours to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# Only these may say, by X-Forwarded-For and X-Forwarded-Proto, who asks and how.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Crossdesk API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "ENUM_NAME_OVERRIDES": {
        "PostKindEnum": "inbox.models.Post.Kind",
        "IncidentKindEnum": "routing.models.Incident.Kind",
        "PriorityEnum": "inbox.models.Ticket.Priority",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api_schema.with_problems",
    ],
}
API_REQUESTS_PER_MINUTE = env.number("API_REQUESTS_PER_MINUTE", default=1_200, least=1)

WORKERS = env.number("WORKERS", default=2)
Q_CLUSTER = {
    "name": "crossdesk",
    "orm": "default",
    "workers": WORKERS,
    "timeout": 300,
    "retry": 360,
    "max_attempts": 5,
    "poll": 0.2,
    "save_limit": -1,
    "catch_up": False,
    "label": "Jobs",
}

# Where the servers listen; a reverse proxy or a tunnel makes them public.
BIND = env.text("BIND", default="127.0.0.1")
PORT = env.number("PORT", default=8000, least=1)
LIVE_PORT = env.number("LIVE_PORT", default=8001, least=1)
# Where browsers find the live-update stream: a path behind one reverse proxy, a full address, or
# ":8001/live/" for a port of whatever host the browser asked.
LIVE_URL = env.text("LIVE_URL", default="/live/")
LIVE_ORIGINS = live_origins(LIVE_URL, ALLOWED_HOSTS, is_https=IS_HTTPS)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "connect-src": [SELF, *LIVE_ORIGINS],
        "img-src": [SELF, "data:"],
        # Widths and hues of bars and dots are data; they cannot be classes.
        "style-src-attr": [UNSAFE_INLINE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# Feeds and media may name any host; without this flag none on a private network is asked.
ALLOW_PRIVATE_ADDRESSES = env.flag("ALLOW_PRIVATE_ADDRESSES", default=False)
WEBHOOK_POSTS_PER_MINUTE = env.number("WEBHOOK_POSTS_PER_MINUTE", default=60_000)
# Posts of a back-fill that are older are history, and nobody's work.
BACKFILL_WORK_DAYS = env.number("BACKFILL_WORK_DAYS", default=2)
UNDO_SECONDS = env.number("UNDO_SECONDS", default=10)
# How long what came is kept word for word, so that it can be read again; 0: not at all.
RAW_PAYLOAD_DAYS = env.number("RAW_PAYLOAD_DAYS", default=30)
# Pictures of posts: the largest file that is fetched, and how much and how long is kept.
PREVIEW_LARGEST_MB = env.number("PREVIEW_LARGEST_MB", default=15, least=1)
PREVIEW_BUDGET_MB = env.number("PREVIEW_BUDGET_MB", default=2000, least=1)
PREVIEW_DAYS = env.number("PREVIEW_DAYS", default=14, least=1)
# What becomes of a ticket once it was answered: pending, resolved or open.
AFTER_REPLY = env.text("AFTER_REPLY", default="pending")
SENDERS = env.number("SENDERS", default=4, least=1)
