"""Settings of the drills of backfills: little more than jobs and zdt_deploy, leases of 1.5 s."""

import os

os.environ.setdefault("ZDT_DRILL_DIVISOR", "20")

from tests.system.drill_settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "zdt_deploy", "tests.system.filling"]  # noqa: F405
ZDT_FLEET_BEAT_SECONDS = 2.0
