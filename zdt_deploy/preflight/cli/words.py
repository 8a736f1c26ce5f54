"""The words after `zdt_preflight`: what each takes and does, in one table."""

from __future__ import annotations

from zdt_deploy.deployments.cli.words import Word
from zdt_deploy.preflight import marking
from zdt_deploy.preflight.cli import check, mark, path

CHECKLIST = (
    "{deployment, service, environment, version, previous_version, state, mode, phase, result, "
    "clear, sentence, items}"
)
CHECK = """
manage.py zdt_preflight check
manage.py zdt_preflight check --release 2.0 --from 1.0 --steps 5,25,50,100
manage.py zdt_preflight check deploy-20260102-030405-x7k2 --phase after
"""

WORDS: dict[str, Word] = {
    "check": Word(
        "Look at the checklist: exit 0 where it is clear, 1 where something is failed or unknown.",
        check.add_arguments,
        check.check,
        CHECK,
        CHECKLIST,
    ),
    "items": Word(
        "Show every item that there is.",
        check.add_item_arguments,
        check.items,
        "manage.py zdt_preflight items",
        "{items}",
    ),
    "path": Word(
        "Show how far the service is on the path of twelve months, as far as zdt can see.",
        path.add_arguments,
        path.show,
        "manage.py zdt_preflight path",
        "{service, environment, milestones}",
    ),
    "tick": Word(
        "Say that you have looked at items yourself, and that all is well.",
        mark.add_arguments,
        mark.doing(marking.tick),
        'manage.py zdt_preflight tick dashboards flags_tested --reason "looked at both"',
        CHECKLIST,
    ),
    "waive": Word(
        "Go without items, for a reason that goes into the record.",
        mark.add_arguments,
        mark.doing(marking.waive),
        'manage.py zdt_preflight waive balancer --reason "changed tomorrow, OPS-17"',
        CHECKLIST,
    ),
    "withdraw": Word(
        "Take back what somebody ticked or waived.",
        mark.add_arguments,
        mark.doing(marking.withdraw),
        'manage.py zdt_preflight withdraw dashboards --reason "it shows the old release only"',
        CHECKLIST,
    ),
}
