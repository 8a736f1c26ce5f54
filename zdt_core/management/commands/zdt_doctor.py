"""Says what is configured, reachable, missing and stale, and what to do next."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core import doctor
from zdt_core.commands import ZdtCommand
from zdt_core.doctor.finding import Standing


class Command(ZdtCommand):
    help = "Say what is configured, reachable, missing and stale, and what to do next."
    requires_system_checks = []  # it tells what they find

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--strict", action="store_true", help="A warning counts as wrong.")

    def run(self, **options: Any) -> int:
        found = doctor.findings()
        for finding in found:
            self.say(f"{finding.standing:8} {finding.area:14} {finding.text}")
            if finding.cure:
                self.say(f"{'':8} {'':14} → {finding.cure}")
        return _code({finding.standing for finding in found}, options["strict"])


def _code(standings: set[str], strict: bool) -> int:
    if Standing.UNKNOWN in standings:
        return 2
    bad = {Standing.WRONG, Standing.WARNING} if strict else {Standing.WRONG}
    return 1 if standings & bad else 0
