"""The words after `zdt_deployment`: what each takes and does, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.comparison import cli as comparison
from zdt_deploy.costs import cli as costs
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.cli import choose, gate, show, start, steer, wait
from zdt_deploy.freezes.cli import emergency

Run = Callable[[ZdtCommand, dict[str, Any]], int]


DEPLOYMENT = (
    "{id, service, environment, version, previous_version, strategy, state, step, share, regions, "
    "revision, sentence, code, params, possible, window_until, plan, last_verdict, frozen, "
    "emergency, record}"
)
_START = """
manage.py zdt_deployment start 2.0 --from 1.0 --reason "new checkout"
manage.py zdt_deployment start 2.0 --steps 5,25:2h,100 --bake 30m --artifact web=dist/web.tar
manage.py zdt_deployment start 2.0 --plan careful.toml --set max_p95_delta_ms=100
manage.py zdt_deployment start 2.0 --emergency --by ada --reason "checkout fails for everybody"
"""
_BEGIN = """
manage.py zdt_deployment start 2.0 --hold
manage.py zdt_deployment begin
"""
_STATUS = """
manage.py zdt_deployment status
manage.py zdt_deployment status deploy-20260102-030405-x7k2 --json
"""
_WAIT = """
manage.py zdt_deployment wait
manage.py zdt_deployment wait --until completed --timeout 2d
"""
_GATE = """
manage.py zdt_deployment gate          # before each batch
manage.py zdt_deployment gate --wait 2h   # until it opens, or is over
"""
_ROLLBACK = """
manage.py zdt_deployment rollback --reason "orders are missing"
manage.py zdt_deployment rollback --region eu-west --reason "slow there"
manage.py zdt_deployment rollback --force   # where no process of the old release can be seen
"""


@dataclass(frozen=True, slots=True)
class Word:
    """``answers`` are the keys of its JSON object."""

    help: str
    add_arguments: Callable[[CommandParser], None]
    run: Run
    examples: str
    answers: str = DEPLOYMENT


def _steering(help: str, operation: machine.Operation, example: str) -> Word:
    return Word(
        help,
        steer.add_arguments,
        steer.doing(operation),
        f"manage.py zdt_deployment {example}",
    )


WORDS: dict[str, Word] = {
    "start": Word(
        "Record a deployment of a release and send the first users to it.",
        start.add_arguments,
        start.run,
        _START,
    ),
    "begin": Word(
        "Send the first users to a release that was recorded with --hold.",
        start.add_begin_arguments,
        start.run_begin,
        _BEGIN,
    ),
    "status": Word(
        "Show where a deployment stands and what comes next.",
        show.add_arguments,
        show.status,
        _STATUS,
    ),
    "list": Word(
        "Show the deployments, newest first.",
        show.add_list_arguments,
        show.list_,
        "manage.py zdt_deployment list --all --limit 5",
        "{deployments}",
    ),
    "compare": Word(
        "Compare what the two releases did: errors, latency, database time.",
        comparison.add_arguments,
        comparison.compare,
        comparison.EXAMPLES,
        comparison.ANSWERS,
    ),
    "wait": Word(
        "Wait until everyone is on the release (exit 0), or it went back (1), or time is up (2).",
        wait.add_arguments,
        wait.run,
        _WAIT,
    ),
    "gate": Word(
        "Rolling: may the next processes be replaced? Exit 0: yes, 1: no, 2: nobody knows.",
        gate.add_arguments,
        gate.run,
        _GATE,
        gate.ANSWERS,
    ),
    "advance": _steering(
        "Go to the next step now.", machine.advance, 'advance --reason "figures are good"'
    ),
    "pause": _steering(
        "Keep the share as it is; it is still watched.", machine.pause, "pause --expect-revision 4"
    ),
    "resume": _steering("Let the plan go on.", machine.resume, "resume"),
    "rollback": Word(
        "Send everyone back to the stable release.",
        steer.add_rollback_arguments,
        steer.doing(machine.take_back),
        _ROLLBACK,
    ),
    "retry": _steering("Try the rest of a stuck rollback again.", machine.retry, "retry"),
    "settle": _steering(
        "Say, with a reason, that a stuck rollback is done.",
        machine.finish_rollback,
        'settle --reason "the proxy was set by hand"',
    ),
    "complete": _steering(
        "Close the way back.", machine.complete, 'complete --reason "old processes are stopped"'
    ),
    "cancel": Word(
        "Drop a deployment that nobody was sent to.",
        steer.add_arguments,
        steer.doing(machine.cancel, choose.pending),
        "manage.py zdt_deployment cancel",
    ),
    "cost": Word(
        "Reckon what each strategy costs, against the price of an outage.",
        costs.add_cost_arguments,
        costs.cost,
        "manage.py zdt_deployment cost --instances 12 --set instance_month=100 --figures",
        costs.COST_ANSWERS,
    ),
    "advice": Word(
        "Say from measured traffic whether zero-downtime releases pay.",
        costs.add_advice_arguments,
        costs.advice,
        "manage.py zdt_deployment advice --json",
        costs.ADVICE_ANSWERS,
    ),
    "emergency": Word(
        "Ask that a deployment may pass freezes and skip observation; another person approves.",
        emergency.add_request_arguments,
        emergency.request,
        'manage.py zdt_deployment emergency --by ada --reason "checkout fails for everybody"',
        emergency.ANSWERS,
    ),
    "approve": Word(
        "Approve an emergency that another person asked for.",
        emergency.add_answer_arguments,
        emergency.approve,
        'manage.py zdt_deployment approve --reason "seen it on the status page"',
        emergency.ANSWERS,
    ),
    "decline": Word(
        "Say no to an emergency, or take back one's own.",
        emergency.add_answer_arguments,
        emergency.decline,
        'manage.py zdt_deployment decline --reason "it can wait until Monday"',
        emergency.ANSWERS,
    ),
    "review": Word(
        "Write down what one found of another person's emergency afterwards.",
        emergency.add_answer_arguments,
        emergency.review,
        'manage.py zdt_deployment review --reason "needed; a test for empty carts is missing"',
        emergency.ANSWERS,
    ),
}
