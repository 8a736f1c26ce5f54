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

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres://postgres@/postgres")}
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
_queue = {"URL": REDIS_URL, "SERIALIZER": "rq.serializers.JSONSerializer"}
RQ_QUEUES = {"default": {"URL": REDIS_URL}, "zdt": _queue, "zdt-monitor": _queue}
RQ_SHOW_ADMIN_LINK = False

ZDT_VERSION = env("ZDT_VERSION", default="1.0")
ZDT_SERVICE = env("ZDT_SERVICE", default="default")
ZDT_ENVIRONMENT = env("ZDT_ENVIRONMENT", default="demo")
ZDT_REGION = env("ZDT_REGION", default="default")
ZDT_TRACK = env("ZDT_TRACK", default="")

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
