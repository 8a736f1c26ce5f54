"""Gathers what the rooms say; each registers its own sentences."""

from zdt_deploy.backfills import messages as backfills
from zdt_deploy.canary import messages as canary
from zdt_deploy.canary.traffic import messages as traffic
from zdt_deploy.canary.traffic.cloud import messages as balancers
from zdt_deploy.comparison import messages as comparison
from zdt_deploy.costs import messages as costs
from zdt_deploy.deployments import messages as deployments
from zdt_deploy.drills import messages as drills
from zdt_deploy.freezes import messages as freezes
from zdt_deploy.preflight import messages as preflight
from zdt_deploy.schema import messages as schema
from zdt_deploy.schema.cli import messages as schema_command
from zdt_deploy.schema.migrating import messages as migrating
from zdt_deploy.schema.writing import messages as writing

__all__ = [
    "backfills", "balancers",
    "canary", "comparison", "costs", "deployments", "drills", "freezes", "migrating", "preflight",
    "schema", "schema_command", "traffic", "writing",
]  # fmt: skip
