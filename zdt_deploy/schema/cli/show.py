"""`status`: where changes stand, what is missing, who still needs the old shape."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core import gates
from zdt_core.commands import ZdtCommand
from zdt_deploy.schema import looks, standing
from zdt_deploy.schema.cli import choose
from zdt_deploy.schema.gates import STEP
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import OPEN, Phase

_HEADS = ("CHANGE", "TABLE", "PHASE", "NOW AND NEXT")


def add_arguments(parser: CommandParser) -> None:
    choose.add_key(parser)
    parser.add_argument("--all", action="store_true", help="Those that are contracted, too.")


def status(command: ZdtCommand, options: dict[str, Any]) -> int:
    if options["key"]:
        show(command, choose.change(options))
        return 0
    rows = choose.of_database(options)
    if not options["all"]:
        rows = rows.filter(phase__in=sorted(OPEN))
    found = list(rows)
    if found:
        shades = [looks.of_change(change) for change in found]
        cells = [(c.key, c.table, _phase(c), standing.describe(c)) for c in found]
        command.table(_HEADS, cells, shades)
    else:
        command.say("No schema change is under way. Begin one with: manage.py zdt_schema new")
    command.answer({"changes": [standing.facts(change) for change in found]})
    return 0


def show(command: ZdtCommand, change: SchemaChange) -> None:
    """All about one change; its gate is asked as the ticker would."""
    facts = standing.facts(change)
    facts["gate"] = gate = _gate(change)
    command.say(command.paint(looks.of_change(change), f"{change.key}: {_phase(change)}"))
    command.say(facts["sentence"])
    for line in _lines(change, facts):
        command.say(line)
    if gate is not None:
        command.say("What its contract asks for:")
        for found in gate["conditions"]:
            mark = {"open": "ok", "closed": "no", "unknown": "??"}[found["answer"]]
            look = {"open": "good", "closed": "bad", "unknown": "warn"}[found["answer"]]
            text = f"  {mark}  {found['condition']}  {found['text']}".rstrip()
            command.say(command.paint(look, text))
    command.answer(facts)


def _lines(change: SchemaChange, facts: dict[str, Any]) -> list[str]:
    lines = [f"table {change.table} ({change.alias}), revision {change.revision}"]
    certificate = facts["certificate"]
    if certificate:
        holds = "holds" if certificate["holds"] else certificate["state"]
        lines.append(
            f"certificate {certificate['id']}: {holds}, {certificate['rows']} rows compared, "
            f"{certificate['different']} differ, {certificate['lossy']} don't convert back"
        )
        if certificate["samples"]:
            lines.append(f"such rows: {', '.join(map(str, certificate['samples'][:10]))}")
    if change.owed_at:
        lines.append(f"owed since {change.owed_at:%Y-%m-%d %H:%M}")
    known = ", ".join(f"{each['service']} {each['release']}" for each in facts["known_by"])
    lines.append(f"releases that read the new shape: {known or 'none yet'}")
    return lines


def _gate(change: SchemaChange) -> dict[str, Any] | None:
    if change.phase == Phase.CONTRACTED:
        return None
    verdict = gates.ask(STEP, change)
    return {
        "answer": verdict.answer.value,
        "conditions": [
            {
                "condition": found.condition,
                "answer": found.answer.value,
                "code": found.code,
                "params": found.params,
                "text": str(found),
            }
            for found in verdict.findings
        ],
    }


def _phase(change: SchemaChange) -> str:
    owed = ", owed" if change.owed_at and change.phase == Phase.SWITCHED else ""
    return f"{change.phase}{owed}"
