"""The plan that the options of `start` describe."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.exceptions import Refused
from zdt_deploy.deployments import catalogue, durations
from zdt_deploy.deployments.cli import planfile
from zdt_deploy.deployments.plans import Plan, parse_steps
from zdt_deploy.deployments.states import Strategy


def add_arguments(parser: CommandParser) -> None:
    add = parser.add_argument
    add(
        "--plan",
        metavar="NAME|FILE",
        help="A named plan, or a .json or .toml file; the strategy's default otherwise.",
    )
    add("--strategy", choices=[str(each) for each in Strategy], help="canary by default.")
    add(
        "--steps",
        metavar="5,25,50,100",
        help="Percentages; 5:10m gives one its own time, eu-west=5:4h a region, too.",
    )
    add("--bake", metavar="30m", help="How long each step is watched.")
    add("--interval", metavar="60s", help="How often the monitor judges.")
    add("--minimum-sample", type=int, metavar="N", help="Requests needed to judge a step.")
    add("--window", metavar="24h", help="How long the way back stays open after 100 %%.")
    add(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="Any other field of the plan, such as max_p95_delta_ms=100 or valid_seconds=5m.",
    )


def chosen(options: dict[str, Any]) -> Plan:
    """The plan to use. Raises Refused."""
    strategy = options["strategy"]
    name = options["plan"]
    plan = _named(name) if name else catalogue.default(strategy or Strategy.CANARY)
    changes = _changes(options, plan)
    if strategy:
        changes["strategy"] = strategy
    return plan.changed(changes) if changes else plan


def _named(name: str) -> Plan:
    return planfile.read(Path(name)) if planfile.is_one(name) else catalogue.find(name)


def _changes(options: dict[str, Any], plan: Plan) -> dict[str, Any]:
    changes: dict[str, Any] = dict(_pair(text) for text in options["set"])
    bake = durations.parse(options["bake"]) if options["bake"] else None
    if options["steps"]:
        default = plan.steps[0].bake_seconds if bake is None else bake
        changes["steps"] = parse_steps(options["steps"], default)
    elif bake is not None:
        changes["steps"] = [replace(step, bake_seconds=bake) for step in plan.steps]
    for option, field in (("interval", "interval_seconds"), ("window", "rollback_window_seconds")):
        if options[option]:
            changes[field] = durations.parse(options[option])
    if options["minimum_sample"] is not None:
        changes["minimum_sample"] = options["minimum_sample"]
    return changes


def _pair(text: str) -> tuple[str, Any]:
    """FIELD=VALUE, where the value is JSON, a duration, or else a text."""
    field, equals, value = text.partition("=")
    if not equals:
        raise Refused("set_malformed", text=text[:200])
    if field.endswith("_seconds") and value[-1:].isalpha():
        return field, durations.parse(value)
    try:
        return field, json.loads(value)
    except ValueError:
        return field, value
