"""Gathers the kinds of work and the chores of the rooms; `zdt_core.jobs.discover` imports it."""

from zdt_deploy.backfills import jobs as backfills
from zdt_deploy.backfills import stalls
from zdt_deploy.canary import jobs as canary
from zdt_deploy.canary.traffic.cloud import jobs as balancers
from zdt_deploy.comparison import jobs as comparison
from zdt_deploy.deployments import jobs as deployments
from zdt_deploy.drills import jobs as drills
from zdt_deploy.freezes import jobs as freezes
from zdt_deploy.schema import jobs as schema

__all__ = [
    "backfills",
    "balancers",
    "canary",
    "comparison",
    "deployments",
    "drills",
    "freezes",
    "schema",
    "stalls",
]
