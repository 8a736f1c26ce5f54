"""Gathers the system checks of the rooms; each registers its own."""

from zdt_deploy.backfills import checks as backfills
from zdt_deploy.canary import checks as canary
from zdt_deploy.canary import watch_checks as watch
from zdt_deploy.canary.traffic.cloud import checks as balancers
from zdt_deploy.deployments import checks as deployments
from zdt_deploy.schema import checks as schema

__all__ = ["backfills", "balancers", "canary", "deployments", "schema", "watch"]
