"""Starts, follows and steers deployments."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.deployments.cli.words import WORDS


class Command(ZdtCommand):
    help = "Bring a release to all users step by step, watched, and back again."
    examples = """
examples:
  manage.py zdt_deployment start 2.0 --steps 5,25,50,100 --bake 30m --artifact web=dist/web.tar
  manage.py zdt_deployment wait --until baking --timeout 4h
  manage.py zdt_deployment rollback --reason "orders are missing"

exit codes: 0 done or reached, 1 refused or rolled back, 2 wrong usage or time is up
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = parser.add_subparsers(dest="word", required=True, metavar="WORD")
        for name, word in WORDS.items():
            below = words.add_parser(name, help=word.help, description=word.help)
            below.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help="Print one object."
            )
            word.add_arguments(below)

    def run(self, **options: Any) -> int | None:
        return WORDS[options.pop("word")].run(self, options)
