"""Settings of the drill of drills: those of canaries, and rollbacks may be rehearsed."""

from tests.system.canary_settings import *  # noqa: F403

ZDT_DRILL_ENVIRONMENTS = ["test"]
ZDT_DRILL_HOURS = ""
