"""`zdt_deployment compare`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.comparison import comparing, figures, pairs, shape, words
from zdt_deploy.comparison.comparing import Change
from zdt_deploy.comparison.figures import Figure
from zdt_deploy.comparison.pairs import Pair
from zdt_deploy.deployments import durations
from zdt_deploy.deployments.cli import choose

ANSWERS = (
    "{id, service, environment, version, previous_version, state, region, regions, "
    "unseen_regions, missed_seconds, can_roll_back, window_until, comparisons}"
)
EXAMPLES = """
manage.py zdt_deployment compare
manage.py zdt_deployment compare deploy-20260102-030405-x7k2 --json
manage.py zdt_deployment compare --region eu-west
"""
MOST_QUERIES = 8
_LONGEST = 70


def add_arguments(parser: CommandParser) -> None:
    choose.add_id(parser)
    parser.add_argument("--region", default="", help="Of one region; of all together by default.")


def compare(command: ZdtCommand, options: dict[str, Any]) -> int:
    deployment = choose.deployment(command, options)
    region = pairs.known_region(deployment, options["region"])
    for pair in pairs.of(deployment, region):
        command.say(f"{words.TITLES[pair.basis]}. {words.note(pair, deployment.state)}")
        if not pair.is_empty:
            _figures(command, pair)
            _errors(command, pair)
            _queries(command, pair)
    missed = pairs.missed_seconds(deployment, region)
    if missed:
        command.say(f"Nobody kept {durations.rounded(missed)} of it: were worker and ticker away?")
    unseen = ", ".join(pairs.unseen_regions(deployment))
    if unseen:
        command.say(f"Nothing is taken in from {unseen}: start a worker or a ticker there.")
    command.answer(shape.as_json(deployment, region))
    return 0


def _figures(command: ZdtCommand, pair: Pair) -> None:
    rows = [_figure(figure) for figure in figures.of(pair.sides)]
    command.table(("", pair.old_release, pair.new_release), rows)


def _figure(figure: Figure) -> tuple[str, str, str]:
    unit = words.unit(figure)
    return (
        str(words.FIGURES[figure.name]),
        words.with_unit(figure.old, unit),
        words.with_unit(figure.new, unit),
    )


def _errors(command: ZdtCommand, pair: Pair) -> None:
    found = [e for e in comparing.errors(pair.sides) if e.change is not Change.SAME]
    if not found:
        command.say("No error pattern is new, gone, or changed.")
        return
    rows = [
        (
            words.of_error(each),
            _seen(each.old, each.old_outside),
            _seen(each.new, each.new_outside),
            _name(pair, each.id),
        )
        for each in found
    ]
    shades = [words.LOOKS[each.change] for each in found]
    command.table(("ERRORS", pair.old_release, pair.new_release, "PATTERN"), rows, shades)


def _seen(inside: int, outside: int) -> str:
    return f"{inside} (+{outside})" if outside else str(inside)


def _queries(command: ZdtCommand, pair: Pair) -> None:
    found = comparing.queries(pair.sides)[:MOST_QUERIES]
    rows = [
        (
            words.of_query(each),
            words.number(each.old_time),
            words.number(each.new_time),
            _name(pair, each.id),
        )
        for each in found
    ]
    if rows:
        heads = (
            "QUERIES, ms per 1,000 requests", pair.old_release, pair.new_release, "SQL",
        )  # fmt: skip
        command.table(heads, rows, [words.QUERY_LOOKS[each.change] for each in found])


def _name(pair: Pair, id: str) -> str:
    text = words.name(pair, id)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
