"""The sample shop's settings, read from the environment."""

from pathlib import Path

import environ

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env(
    "SECRET_KEY", default="demo-only-not-a-secret-0123456789abcdefghijklmnopqrstuvwxyz"
)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
ROOT_URLCONF = "demo.urls"
WSGI_APPLICATION = "demo.wsgi.application"
STATIC_URL = "static/"
AUTH_USER_MODEL = "shop.User"
PASSWORD_HASHERS = ["demo.shop.passwords.QuickPBKDF2PasswordHasher"]
LOGIN_URL = "shop:login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "shop:products"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default="postgres://postgres@/postgres"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
_queue = {"URL": REDIS_URL, "SERIALIZER": "rq.serializers.JSONSerializer"}
RQ_QUEUES = {"default": {"URL": REDIS_URL}, "zdt": _queue, "zdt-monitor": _queue}
RQ_SHOW_ADMIN_LINK = False

ZDT_VERSION = env("ZDT_VERSION", default="1.0")
ZDT_SERVICE = env("ZDT_SERVICE", default="default")
ZDT_ENVIRONMENT = env("ZDT_ENVIRONMENT", default="demo")
ZDT_REGION = env("ZDT_REGION", default="default")
ZDT_TRACK = env("ZDT_TRACK", default="")
ZDT_CANARY_SERVICE = env("ZDT_CANARY_SERVICE", default=None)
ZDT_SCHEMA_TRUSTED_SERVICES = env.list("ZDT_SCHEMA_TRUSTED_SERVICES", default=[])
ZDT_SCHEMA_TRUSTED_SESSIONS = env.list("ZDT_SCHEMA_TRUSTED_SESSIONS", default=[])
# The story and the drills shorten these; what the environment does not name keeps its default.
_NUMBERS = "METRICS_WINDOW LB_FALL HEALTH_FAIL_AFTER"
_SECONDS = """
    METRICS_GRACE HEALTH_DEADLINE FLEET_BEAT_SECONDS FLEET_SILENT_AFTER FLEET_GONE_AFTER
    DRAIN_WAIT DRAIN_FINISH DRAIN_GRACE LB_INTERVAL LB_TIMEOUT
    LEASE_SECONDS MONITOR_LEASE_SECONDS SLICE_SECONDS TICK_SECONDS TICKER_LEASE_SECONDS
    RING_AGAIN_SECONDS MONITOR_RING_AGAIN_SECONDS RETRY_SECONDS MONITOR_RETRY_SECONDS
    SCHEMA_OBSERVE_SECONDS SCHEMA_ASK_SECONDS SCHEMA_WATCH_SECONDS
"""
for _names, _read in ((_NUMBERS, env.int), (_SECONDS, env.float)):
    for _name in (f"ZDT_{word}" for word in _names.split()):
        if _name in env.ENVIRON:
            globals()[_name] = _read(_name)

SHOP_FAULT = env("SHOP_FAULT", default="")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_rq",
    "demo.shop",
    "zdt_core",
    "zdt_flags",
    "zdt_deploy",
    "zdt_audit",
]
MIDDLEWARE = [
    "zdt_core.health.HealthMiddleware",
    "zdt_core.drain.DrainMiddleware",
    "zdt_core.metering.MeteringMiddleware",
    "zdt_deploy.canary.CanaryMiddleware",
    "zdt_flags.FlagsMiddleware",
    "demo.shop.headers.headers_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "demo.shop.faults.fault_middleware",
]
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
                "demo.shop.headers.release",
            ]
        },
    }
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"deployment": {"()": "zdt_deploy.canary.DeploymentLogFilter"}},
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {zdt_release} {zdt_track} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {
        "nobody": {"class": "logging.NullHandler"},
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["deployment"],
        },
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "demo": {"level": "INFO"},
        "zdt": {"level": "INFO"},
        # The planted faults are many: they are compared by release, and printed nowhere.
        "django.request": {"handlers": ["nobody"], "propagate": False},
    },
}
