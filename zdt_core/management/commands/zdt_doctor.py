"""Says what is configured, reachable, missing and stale, and what to do next."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from zdt_core import doctor
from zdt_core.commands import ZdtCommand
from zdt_core.doctor import summary
from zdt_core.doctor.finding import Finding

_LOOKS = {"ok": "good", "warning": "warn", "wrong": "bad", "unknown": "bad"}
_INDENT = 25


class Command(ZdtCommand):
    help = (
        "Say what is configured, reachable, missing and stale, and what to do next. It only reads."
    )
    answers = "{standing, findings}"
    examples = """
manage.py zdt_doctor
manage.py zdt_doctor --strict --json   # for monitoring: 0 ok, 1 wrong, 2 could not look
"""
    requires_system_checks = []  # it tells what they find

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--strict", action="store_true", help="A warning counts as wrong.")

    def run(self, **options: Any) -> int:
        found = doctor.findings()
        for finding in summary.gathered(found):
            self._show(finding)
        self.say()
        self.say(summary.sentence(found))
        self.answer({"standing": summary.worst(found), "findings": [asdict(f) for f in found]})
        return summary.exit_code(found, strict=options["strict"])

    def _show(self, finding: Finding) -> None:
        label = self.paint(_LOOKS[finding.standing], f"{finding.standing:8}")
        text = textwrap.wrap(finding.text, _width())
        cure = textwrap.wrap(f"→ {finding.cure}", _width()) if finding.cure else []
        first, *rest = [*text, *cure] or [""]
        self.say(f"{label}  {finding.area:14} {first}")
        for line in rest:
            self.say(" " * _INDENT + line)


def _width() -> int:
    return max(40, min(120, shutil.get_terminal_size((100, 24)).columns) - _INDENT)
