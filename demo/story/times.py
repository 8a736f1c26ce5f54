"""How the story fits into a few minutes: by settings and by its plan, and by no other code.

The balancer's figures are those of `zdt_deploy.canary.edge.health`; the drain waits until it has
looked away.
"""

from __future__ import annotations

from typing import Any

from zdt_deploy.canary.edge import health

DRAIN_WAIT = (
    health.FALL * health.INTERVAL_SECONDS + health.INTERVAL_SECONDS + health.TIMEOUT_SECONDS
)

SETTINGS = {
    "ZDT_METRICS_WINDOW": "1",
    "ZDT_METRICS_GRACE": "1",
    "ZDT_FLEET_BEAT_SECONDS": "1",
    "ZDT_HEALTH_DEADLINE": "2",
    "ZDT_HEALTH_FAIL_AFTER": "5",  # the machine may be busy with anything
    "ZDT_LB_INTERVAL": f"{health.INTERVAL_SECONDS:g}",
    "ZDT_LB_FALL": f"{health.FALL}",
    "ZDT_LB_TIMEOUT": f"{health.TIMEOUT_SECONDS:g}",
    "ZDT_DRAIN_WAIT": f"{DRAIN_WAIT:g}",
    "ZDT_DRAIN_FINISH": "10",
    "ZDT_DRAIN_GRACE": "60",
    "ZDT_SCHEMA_OBSERVE_SECONDS": "5",
    "ZDT_SCHEMA_ASK_SECONDS": "1",
}

ACCOUNTS = 200_000

PLAN_NAME = "demo"
PLAN: dict[str, Any] = {
    "strategy": "canary",
    "steps": [
        {"percentage": "5", "bake_seconds": 8},
        {"percentage": "25", "bake_seconds": 6},
        {"percentage": "50", "bake_seconds": 6},
        {"percentage": "100", "bake_seconds": 6},
    ],
    "judge": "thresholds",  # seconds are too few for evidence
    "interval_seconds": 2,
    "minimum_sample": 100,
    "warm_up_seconds": 2,
    "patience_seconds": 120,
    "valid_seconds": 20,
    "rollback_window_seconds": 3600,
    "metrics": [{"name": "order_placed", "worse": "lower", "margin": 0.2}],
}
