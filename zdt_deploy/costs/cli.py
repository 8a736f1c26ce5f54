"""`cost` and `advice` of `manage.py zdt_deployment`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from zdt_core import messages
from zdt_core.commands import ZdtCommand, arguments
from zdt_core.exceptions import Refused
from zdt_deploy.costs import report, rules, words
from zdt_deploy.costs.advice import Answer, Verdict
from zdt_deploy.costs.figures import MEANINGS, check
from zdt_deploy.deployments import catalogue
from zdt_deploy.deployments.cli import choose

COST_ANSWERS = "{figures, baseline, strategies, outage, worth}"
ADVICE_ANSWERS = "{verdict, sentence, facts, findings}"
_HEADS = ("STRATEGY", "MACHINES", "MONTHLY RATE", "MORE", "ONE DEPLOYMENT ADDS", "A MONTH ADDS")
_LOOKS = {Answer.FOR: "good", Answer.AGAINST: "bad", Answer.UNKNOWN: "quiet"}
_VERDICTS = {Verdict.PAYS: "good", Verdict.DOES_NOT_PAY: "bad", Verdict.NOT_ENOUGH_DATA: "warn"}


def add_cost_arguments(parser: CommandParser) -> None:
    arguments.place(parser)
    add = parser.add_argument
    add("--instances", metavar="N", help="Machines of one release; those of the fleet by default.")
    add("--plan", metavar="NAME", help="The plan whose steps count; its strategy's by default.")
    add(
        "--set",
        action="append",
        default=[],
        metavar="FIGURE=VALUE",
        help="Any other figure, such as instance_month=250 or outages_year=2. Again for each.",
    )
    add("--figures", action="store_true", help="Show every figure, and where it is from.")


add_advice_arguments = arguments.place


def cost(command: ZdtCommand, options: dict[str, Any]) -> int:
    try:
        given = dict(_pair(text) for text in options["set"])
        if options["instances"]:
            given["instances"] = check("instances", options["instances"])
        plan = catalogue.find(options["plan"]) if options["plan"] else None
    except Refused as refusal:
        command.fail(str(refusal), 2, refusal.code, refusal.params)
    at = choose.place(options)
    found = report.costs(at["environment"], at["service"], given, plan)
    command.say(words.baseline(found))
    command.table(_HEADS, [_cells(one, found) for one in found.costs])
    for one in found.costs:
        command.say(f"{words.NAMES[one.strategy]}: {words.explained(one, found)}")
    command.say(words.outage(found))
    for worth in found.worths:
        command.say(f"{words.NAMES[worth.strategy]}: {words.worth(worth, found)}")
    if options["figures"]:
        command.table(("FIGURE", "VALUE", "FROM", "MEANS"), _figures(found))
    command.answer(report.costs_as_json(found))
    return 0


def advice(command: ZdtCommand, options: dict[str, Any]) -> int:
    at = choose.place(options)
    verdict, facts, findings = report.advise(at["environment"], at["service"])
    said = messages.text(f"advice_{verdict.value}")
    command.say(command.paint(_VERDICTS[verdict], said))
    for found in findings:
        mark = {Answer.FOR: "+", Answer.AGAINST: "-", Answer.UNKNOWN: "?"}[found.answer]
        line = f"{mark} {messages.text(found.code, found.params)}"
        command.say(command.paint(_LOOKS[found.answer], line))
    command.answer(report.advice_as_json(verdict, facts, findings))
    return 0


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused("set_malformed", text=text[:200])
    return name, check(name, value)


def _cells(one: rules.Cost, found: report.Report) -> tuple[str, ...]:
    return (
        str(words.NAMES[one.strategy]),
        report.count(one.instances),
        report.money(one.month, found.figures),
        report.percent(one.percent),
        report.money(one.deployment, found.figures),
        report.money(one.in_a_month, found.figures),
    )


def _figures(found: report.Report) -> list[tuple[str, str, str, str]]:
    values = asdict(found.figures)
    return [
        (
            name,
            values[name] if name == "currency" else f"{values[name]:g}",
            str(words.SOURCES[found.sources[name]]),
            meaning,
        )
        for name, meaning in MEANINGS.items()
    ]
