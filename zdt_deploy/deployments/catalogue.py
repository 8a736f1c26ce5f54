"""Plans by name: those of the table, and the built-in ones that they may replace."""

from __future__ import annotations

from zdt_core.exceptions import Refused
from zdt_deploy.deployments import models
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Strategy


def default(strategy: str) -> Plan:
    """The plan of those who name none: the table's of the strategy's name, else the built-in."""
    row = models.Plan.objects.filter(name=strategy).first()
    return Plan.default(strategy) if row is None else _rules(row)


def find(name: str) -> Plan:
    """The plan called ``name``. Raises Refused("plan_unknown") with the names that there are."""
    row = models.Plan.objects.filter(name=name).first()
    if row is not None:
        return _rules(row)
    if name in tuple(Strategy):
        return Plan.default(name)
    raise Refused("plan_unknown", name=name, known=", ".join(names()))


def names() -> list[str]:
    """Every name that `find` knows."""
    return sorted({*models.Plan.objects.values_list("name", flat=True), *map(str, Strategy)})


def _rules(row: models.Plan) -> Plan:
    plan: Plan = row.rules()
    return plan
