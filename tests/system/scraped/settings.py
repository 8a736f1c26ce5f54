"""The tiny site of the drills, metered and split."""

from tests.system.served.settings import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "zdt_core",
    "zdt_deploy",
    "tests.system.counting",  # whose tables the drills empty
]
ROOT_URLCONF = "tests.system.scraped.urls"
MIDDLEWARE = [
    "zdt_core.health.HealthMiddleware",
    "zdt_core.drain.DrainMiddleware",
    "zdt_core.metering.MeteringMiddleware",
    "zdt_deploy.canary.CanaryMiddleware",
]
ZDT_SERVICE = "shop"
ZDT_DRILL_ENVIRONMENTS = ["test"]
ZDT_METRICS_FLUSH_SECONDS = 0.2
