"""Gathers the models of the rooms for Django."""

from zdt_deploy.backfills.models import Backfill, Range, RowError
from zdt_deploy.canary.models import MetricWindow, TrafficShare, Verdict
from zdt_deploy.comparison.models import Copied, Observation
from zdt_deploy.costs.models import Costs, TrafficHour
from zdt_deploy.deployments.models import Artifact, Deployment, Plan
from zdt_deploy.drills.models import Drill
from zdt_deploy.freezes.models import Emergency, Freeze
from zdt_deploy.preflight.models import PreflightMark, PreflightReading, ReleaseMigrations
from zdt_deploy.schema.models import Certificate, KnownShape, SchemaChange

__all__ = [
    "Artifact", "Backfill", "Certificate", "Copied", "Costs", "Deployment", "Drill",
    "Emergency", "Freeze", "KnownShape", "MetricWindow", "Observation", "Plan", "PreflightMark",
    "PreflightReading", "Range", "ReleaseMigrations", "RowError", "SchemaChange",
    "TrafficHour", "TrafficShare", "Verdict",
]  # fmt: skip
