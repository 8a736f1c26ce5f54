"""`path`: how far a service is on the way of twelve months."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core import messages
from zdt_core.commands import ZdtCommand, arguments
from zdt_deploy.deployments.cli import choose
from zdt_deploy.preflight import path, sentences
from zdt_deploy.preflight.path import Standing


def add_arguments(parser: CommandParser) -> None:
    arguments.place(parser)


def show(command: ZdtCommand, options: dict[str, Any]) -> int:
    """It only tells: exit 0 however far that is."""
    at = choose.place(options)
    found = path.read(**at)
    rows = [_cells(each) for each in found]
    shades = [sentences.LOOKS[each.seen.result] for each in found]
    command.table(("MONTHS", "MILESTONE", "", "SEEN"), rows, shades)
    command.answer({**at, "milestones": [_shape(each) for each in found]})
    return 0


def _cells(each: Standing) -> tuple[str, ...]:
    word = str(sentences.WORDS[each.seen.result])
    return each.milestone.months, str(each.milestone.title), word, _text(each)


def _shape(each: Standing) -> dict[str, Any]:
    return {
        "months": each.milestone.months,
        "name": each.milestone.name,
        "title": str(each.milestone.title),
        "result": each.seen.result.value,
        "code": each.seen.code,
        "params": each.seen.params,
        "text": _text(each),
    }


def _text(each: Standing) -> str:
    return messages.text(each.seen.code, each.seen.params)
