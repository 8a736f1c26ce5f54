"""The part of GET /zdt/metrics that is about balancers of a cloud."""

from __future__ import annotations

from django.db.models import DurationField, ExpressionWrapper, F

from zdt_core import database
from zdt_core.conf import conf
from zdt_core.metering.collecting import collector
from zdt_core.metering.families import Family, Point, Shown
from zdt_deploy.canary.models import BalancerState
from zdt_deploy.canary.router import service

_OF = ("environment", "service", "balancer")


@collector(
    "balancers",
    Family(
        "zdt_balancer_failing_seconds",
        "gauge",
        "Seconds since it does not do what is published; 0 while it does.",
        _OF,
    ),
    Family("zdt_balancer_look_age_seconds", "gauge", "Seconds since it was asked last.", _OF),
)
def balancers() -> Shown:
    """How far each balancer follows."""
    age = ExpressionWrapper(database.Now() - F("looked_at"), output_field=DurationField())
    failing = ExpressionWrapper(database.Now() - F("failing_since"), output_field=DurationField())
    rows = BalancerState.objects.filter(environment=conf.ENVIRONMENT, service=service())
    found = {
        (row.environment, row.service, row.alias): row
        for row in rows.annotate(age=age, failing=failing).order_by("alias")
    }
    return {
        "zdt_balancer_failing_seconds": [
            Point(of, row.failing.total_seconds() if row.failing else 0.0)
            for of, row in found.items()
        ],
        "zdt_balancer_look_age_seconds": [
            Point(of, row.age.total_seconds()) for of, row in found.items()
        ],
    }
