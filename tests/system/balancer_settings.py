"""Settings of the drill with a balancer of a cloud: what it is comes from the environment."""

import json
import os

from tests.system.canary_settings import *  # noqa: F403

ZDT_TRAFFIC = {"edge": {"BACKEND": "alb", "OPTIONS": json.loads(os.environ["BALANCER"])}}
ZDT_TRAFFIC_LOOK_SECONDS = 1.0
ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
