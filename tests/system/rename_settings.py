"""Settings of the rename drill: the sample shop's, from whichever copy it is run, made quick."""

import os

from demo.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.system.renaming"]  # noqa: F405
ZDT_FLEET_BEAT_SECONDS = 0.5
ZDT_TICK_SECONDS = 0.2
ZDT_RING_AGAIN_SECONDS = 3.0
ZDT_SCHEMA_OBSERVE_SECONDS = 2.0
ZDT_SCHEMA_ASK_SECONDS = 0.5
ZDT_SCHEMA_WATCH_SECONDS = 1.0
ZDT_SCHEMA_TRUSTED_SESSIONS = ["drill"]  # the tests themselves
ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = float(os.environ.get("DRILL_PATIENCE", "120"))
ZDT_MIGRATE_PATIENCE_SECONDS = ZDT_SCHEMA_LOCK_PATIENCE_SECONDS
