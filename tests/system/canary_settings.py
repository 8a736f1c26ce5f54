"""Settings of the canary drills: leases and beats divided by ten, windows of two seconds."""

import os

from tests.system.drill_settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "zdt_deploy", "tests.system.visitors"]  # noqa: F405
ZDT_VERSION = os.environ.get("ZDT_VERSION", "1.0")
ZDT_REGION = os.environ.get("ZDT_REGION", "default")
ZDT_METRICS_WINDOW = 2
ZDT_METRICS_GRACE = 0.5
ZDT_METRICS_FLUSH_SECONDS = 0.3
ZDT_ROUTE_SECONDS = 0.2
ZDT_ROUTE_TRUTH_SECONDS = 0.5
ZDT_ROUTER_REFRESH_SECONDS = 1.5
ZDT_ROLLBACK_RETRY_SECONDS = 1.0
ZDT_ROLLBACK_CALLBACKS = ["tests.system.visitors.callbacks.page_somebody"]
ZDT_FLEET_SILENT_AFTER = 5.0  # a machine that is busy with other tests may be slow to beat
