"""A site with deployments and zdt's URLs, and without a worker: the drill itself moves things."""

from tests.system.drill_settings import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django_rq", "zdt_core", "zdt_deploy",
]  # fmt: skip
MIDDLEWARE = [
    "zdt_core.health.HealthMiddleware",
    "zdt_core.drain.DrainMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "tests.system.piped.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
ZDT_ENVIRONMENT = "production"
ZDT_FLEET_SILENT_AFTER, ZDT_FLEET_GONE_AFTER = 600.0, 3600.0
ZDT_DRAIN_WAIT, ZDT_DRAIN_FINISH = 0.0, 5.0
