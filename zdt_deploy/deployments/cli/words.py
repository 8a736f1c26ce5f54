"""The words after `zdt_deployment`: what each takes and does, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.cli import choose, show, start, steer, wait

Run = Callable[[ZdtCommand, dict[str, Any]], int]


@dataclass(frozen=True, slots=True)
class Word:
    help: str
    add_arguments: Callable[[CommandParser], None]
    run: Run


def _steering(help: str, operation: machine.Operation) -> Word:
    return Word(help, steer.add_arguments, steer.doing(operation))


WORDS: dict[str, Word] = {
    "start": Word(
        "Record a deployment of a release and send the first users to it.",
        start.add_arguments,
        start.run,
    ),
    "begin": Word(
        "Send the first users to a release that was recorded with --hold.",
        start.add_begin_arguments,
        start.run_begin,
    ),
    "status": Word(
        "Show where a deployment stands and what comes next.", show.add_arguments, show.status
    ),
    "list": Word("Show the deployments, newest first.", show.add_list_arguments, show.list_),
    "wait": Word(
        "Wait until everyone is on the release (exit 0), or it went back (1), or time is up (2).",
        wait.add_arguments,
        wait.run,
    ),
    "advance": _steering("Go to the next step now.", machine.advance),
    "pause": _steering("Keep the share as it is; it is still watched.", machine.pause),
    "resume": _steering("Let the plan go on.", machine.resume),
    "rollback": Word(
        "Send everyone back to the stable release.",
        steer.add_force_arguments,
        steer.doing(machine.roll_back),
    ),
    "retry": _steering("Try the rest of a stuck rollback again.", machine.retry),
    "settle": _steering(
        "Say, with a reason, that a stuck rollback is done.", machine.finish_rollback
    ),
    "complete": _steering("Close the way back.", machine.complete),
    "cancel": Word(
        "Drop a deployment that nobody was sent to.",
        steer.add_arguments,
        steer.doing(machine.cancel, choose.pending),
    ),
}
