"""Settings of the drill of comparisons: those of canaries, with slots of three seconds."""

from tests.system.canary_settings import *  # noqa: F403
from zdt_core.observing import keys

keys.SLOT_WINDOWS = 3
ZDT_METRICS_WINDOW = 1
ZDT_METRICS_GRACE = 2
