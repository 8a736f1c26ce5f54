"""A balancer that checks every quarter second needs a drain of a second and a half."""

import os

from tests.settings import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "zdt_core"]
AUTH_USER_MODEL = "auth.User"
ROOT_URLCONF = "tests.system.served.urls"
ALLOWED_HOSTS = ["*"]
MIDDLEWARE = ["zdt_core.health.HealthMiddleware", "zdt_core.drain.DrainMiddleware"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}

ZDT_LB_INTERVAL, ZDT_LB_FALL, ZDT_LB_TIMEOUT = 0.25, 2, 0.5
ZDT_DRAIN_WAIT = float(os.environ.get("DRILL_DRAIN_WAIT", "1.5"))
ZDT_DRAIN_FINISH = 5.0
ZDT_DRAIN_TOKEN = "token-of-the-drill"
ZDT_FLEET_BEAT_SECONDS, ZDT_FLEET_SILENT_AFTER = 0.5, 5.0
ZDT_HEALTH_INTERVAL = 0.2
ZDT_HEALTH_CRITICAL = os.environ.get("DRILL_CRITICAL", "database redis").split()
