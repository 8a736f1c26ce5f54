"""Settings of the kill drills: little more than zdt_core, every lease and patience divided.

ZDT_DRILL_DIVISOR is 10 unless the environment says otherwise; 1 is a drill at default settings.
"""

import os

from tests.settings import *  # noqa: F403
from zdt_core.conf import declared

_DIVISOR = float(os.environ.get("ZDT_DRILL_DIVISOR", "10"))
_DIVIDED = (
    "ZDT_LEASE_SECONDS",
    "ZDT_MONITOR_LEASE_SECONDS",
    "ZDT_SLICE_SECONDS",
    "ZDT_MONITOR_SLICE_SECONDS",
    "ZDT_TICK_SECONDS",
    "ZDT_TICKER_LEASE_SECONDS",
    "ZDT_RING_AGAIN_SECONDS",
    "ZDT_MONITOR_RING_AGAIN_SECONDS",
    "ZDT_RETRY_SECONDS",
    "ZDT_MONITOR_RETRY_SECONDS",
    "ZDT_FLEET_BEAT_SECONDS",
    "ZDT_FLEET_SILENT_AFTER",
    "ZDT_FLEET_GONE_AFTER",
)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django_rq",
    "zdt_core",
    "tests.system.counting",
]
AUTH_USER_MODEL = "auth.User"
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.system.counting.urls"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"drill": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "drill"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}


def _divide() -> None:
    import zdt_core.jobs.conf  # noqa: F401  (declares its settings)

    known = declared()
    for name in _DIVIDED:
        globals()[name] = known[name].default / _DIVISOR


_divide()
