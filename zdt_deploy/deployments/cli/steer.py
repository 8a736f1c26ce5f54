"""The words that move a deployment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_deploy.deployments.cli import choose, show
from zdt_deploy.deployments.models import Deployment


def add_arguments(parser: CommandParser) -> None:
    choose.add_id(parser)
    arguments.reason(parser)
    parser.add_argument(
        "--expect-revision",
        type=int,
        metavar="N",
        help="Only if nobody moved it since `status` showed this revision.",
    )


def add_rollback_arguments(parser: CommandParser) -> None:
    add_arguments(parser)
    parser.add_argument(
        "--region", metavar="REGION", help="Only there; the deployment is paused elsewhere."
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="Go even if no process of the stable release can be seen. It goes into the record.",
    )


def doing(
    operation: Callable[..., Deployment], choice: choose.Take = choose.deployment
) -> Callable[[ZdtCommand, dict[str, Any]], int]:
    """The function of a word that causes ``operation`` for the deployment that ``choice`` takes."""

    def run(command: ZdtCommand, options: dict[str, Any]) -> int:
        deployment = operation(
            choice(command, options).pk,
            actor=Actor.shell(),
            reason=options["reason"],
            expected_revision=options["expect_revision"],
            force=options.get("force", False),
            **({"region": options["region"]} if options.get("region") else {}),
        )
        show.show(command, deployment)
        return 0

    return run
