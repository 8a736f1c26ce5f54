"""`check` and `items`."""

from __future__ import annotations

import textwrap
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import brought, reading, registry, sentences, shapes
from zdt_deploy.preflight.cli import choose
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.reading import Line
from zdt_deploy.preflight.results import CLEAR

DEFAULTS: dict[str, Any] = {
    "id": None, "service": None, "environment": None, "phase": None, "release": None,
    "previous": None, "plan": None, "strategy": None, "steps": None, "bake": None,
    "interval": None, "minimum_sample": None, "window": None, "set": [], "all": False,
}  # fmt: skip
"""What `check` is given where nothing is typed."""

_WIDTH = 96


def add_arguments(parser: CommandParser) -> None:
    choose.add_planned(parser)
    parser.add_argument(
        "--phase",
        choices=[str(phase) for phase in Phase],
        help="The list to judge; by default the one where the deployment is.",
    )
    parser.add_argument("--all", action="store_true", help="Show what is clear in full, too.")


def check(command: ZdtCommand, options: dict[str, Any]) -> int:
    """0 where the list is clear, 1 where something is failed or unknown."""
    brought.tell()
    deployment = choose.subject(command, options)
    found = reading.read(deployment)
    phase = Phase(options["phase"]) if options["phase"] else found.phase
    lines = found.counted(phase)
    for line in lines:
        _show(command, line, in_full=options["all"] or line.is_open)
    command.say()
    result = found.result(phase)
    command.say(command.paint(sentences.LOOKS[result], sentences.describe(found, phase)))
    for hint in _hints(deployment, lines):
        command.say(hint)
    command.answer(shapes.full(found, phase))
    return 0 if result in CLEAR else 1


def add_item_arguments(parser: CommandParser) -> None:
    """None."""


def items(command: ZdtCommand, options: dict[str, Any]) -> int:
    found = registry.items()
    command.table(
        ("ITEM", "LIST", "COUNTS", "TOLD BY", "TITLE"),
        [
            (each.name, each.phase, each.since, _teller(each), str(each.title))
            for each in found
        ],
    )  # fmt: skip
    command.answer(
        {
            "items": [
                {
                    "name": each.name, "title": str(each.title), "phase": each.phase.value,
                    "since": each.since.value, "by_hand": each.by_hand,
                    "keeps_days": each.keeps_days,
                }
                for each in found
            ]
        }
    )  # fmt: skip
    return 0


def _teller(item: registry.Item) -> str:
    if not item.by_hand:
        return "zdt"
    return f"zdt, or a person ({item.keeps_days:g} d)" if item.keeps_days else "zdt, or a person"


def _show(command: ZdtCommand, line: Line, *, in_full: bool) -> None:
    word = f"{sentences.WORDS[line.result]!s:14}"
    command.say(f"{command.paint(sentences.LOOKS[line.result], word)}  {line.item.name}: "
                f"{line.item.title}")  # fmt: skip
    if in_full:
        for text in textwrap.wrap(line.text, _WIDTH - 16):
            command.say(f"{'':16}{text}")
    if line.mark is not None:
        said = f": {line.mark.reason}" if line.mark.reason else ""
        command.say(f"{'':16}{line.mark.kind} by {line.mark.by.partition(':')[2]}{said}")


def _hints(deployment: Deployment, lines: list[Line]) -> list[str]:
    """What to type next."""
    open_ = [line for line in lines if line.is_open]
    if not open_:
        return []
    if not deployment.pk:
        return [f"To tick or waive: manage.py zdt_deployment start {deployment.version} --hold"]
    by_hand = " ".join(line.item.name for line in open_ if line.item.by_hand)
    ticked = [f"Once you have looked: manage.py zdt_preflight tick {by_hand}"] if by_hand else []
    return ticked
