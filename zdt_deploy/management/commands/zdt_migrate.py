"""Migrates the database as a pipeline needs it: one at a time, patiently, and with a report."""

from __future__ import annotations

import argparse
import io
from typing import Any

from django.core.management.base import CommandParser
from django.db import connections

from zdt_core import database
from zdt_core.commands import ZdtCommand, arguments
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import durations
from zdt_deploy.schema.migrating import direct, planned, runner
from zdt_deploy.schema.migrating.wish import Report, Wish


class Command(ZdtCommand):
    help = (
        "Migrate as a pipeline needs it: one runner at a time, patient with locks. It ends with 0 "
        "only if the database has what this release's models need."
    )
    answers = (
        "{alias, release, done, applied, reversed, contracted, owed, tries, queued_seconds, "
        "waited_seconds, problems}, or {alias, plan} with --plan"
    )
    examples = """
manage.py zdt_migrate
manage.py zdt_migrate --plan
manage.py zdt_migrate --wait 6h   # until backfills that a switch needs are verified
manage.py zdt_migrate shop 0007 --reason "back to where it was"
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_label", nargs="?", help="Only this app and what it needs.")
        parser.add_argument(
            "migration_name",
            nargs="?",
            help="Bring the app to where it is after this migration; `zero` takes back all.",
        )
        parser.add_argument(
            "--database", metavar="ALIAS", default=None,
            help="The database; ZDT_DATABASE by default.",
        )  # fmt: skip
        parser.add_argument(
            "--plan", action="store_true", help="Show what would be done, and what is in its way."
        )
        parser.add_argument(
            "--wait", type=_seconds, default=0.0, metavar="TIME",
            help="How long to wait for backfill and verification that a switch needs, such as 6h "
            "or 90s; not at all by default.",
        )  # fmt: skip
        parser.add_argument(
            "--fake", action="store_true",
            help="Mark migrations as done without doing them; needs --reason.",
        )  # fmt: skip
        arguments.reason(parser)

    def run(self, **options: Any) -> int | None:
        wish = self._wish(options)
        if options["plan"]:
            return self._plan(wish)
        with self.progress() as shown:
            stdout = io.StringIO() if self.as_json else self.stdout._out  # Django wraps it
            ears = runner.Ears(stdout, shown, verbosity=0 if self.as_json else 1)
            report = runner.migrate(wish, ears)
        return self._end_with(report)

    def _wish(self, options: dict[str, Any]) -> Wish:
        alias = options["database"] or database.alias()
        if alias not in connections:
            self.fail(
                f"There is no database {alias!r}. Known: {', '.join(sorted(connections))}.", 2
            )
        return Wish(
            alias=direct.canonical(alias),
            app_label=options["app_label"],
            migration_name=options["migration_name"],
            fake=options["fake"],
            reason=options["reason"],
            wait=options["wait"],
        )

    def _plan(self, wish: Wish) -> int:
        steps = planned.steps(wish)
        if not steps:
            self.say("Nothing to migrate.")
        for step in steps:
            self.say(self.paint("head", f"{step.name}{' (taken back)' if step.backwards else ''}"))
            for line in step.operations:
                self.say(f"    {line}")
            for line in step.notes:
                self.say(self.paint("warn", f"    ! {line}"))
        self.answer({"alias": wish.alias, "plan": [step.as_json() for step in steps]})
        return 0

    def _end_with(self, report: Report) -> int:
        for key in report.contracted:
            self.say(self.paint("good", f"Contracted: {key}"))
        for each in report.owed:
            why = " ".join(reason["text"] for reason in each["reasons"])
            self.say(self.paint("warn", f"Owed: {each['change']}. {why}".rstrip()))
        self.answer(report.as_json())
        if report.is_done:
            return 0
        first = report.problems[0]
        if self.as_json:
            return _code(first)
        self.fail(first["text"], _code(first), first["code"], first["params"])

    def interrupted(self) -> str:
        return f"{super().interrupted()} What was migrated stays; run it again to go on."


_BROKEN = {"migrate_not_postgresql", "migrate_pooled", "migrate_direct_elsewhere",
           "migrate_fake_reason", "migrate_in_transaction"}  # fmt: skip
"""Not refused now, but set up or asked for in a way that never works."""


def _code(problem: dict[str, Any]) -> int:
    return 2 if problem["code"] in _BROKEN else 1


def _seconds(text: str) -> float:
    if text.isdecimal():
        return float(text)
    try:
        return durations.parse(text)
    except Refused as refusal:
        raise argparse.ArgumentTypeError(str(refusal)) from None
