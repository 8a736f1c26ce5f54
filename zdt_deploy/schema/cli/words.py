"""The words after `zdt_schema`: what each takes and does, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.schema.cli import show, steer, write

Run = Callable[[ZdtCommand, dict[str, Any]], int]

CHANGE = (
    "{change, alias, kind, app, model, table, phase, revision, sentence, problem, problem_params, "
    "expanded_at, verified_at, switched_at, owed_at, contracted_at, observe_seconds, obstacles, "
    "asked_at, known_by, work, certificate}"
)
WRITTEN = "{path, change, step, advice, models_differ}"
_KEY = "'shop.user.user_email>email_address'"
_NEW = r"""
manage.py zdt_schema new rename shop.User user_email email_address
manage.py zdt_schema new alter shop.Order quantity --field 'models.IntegerField(db_column="count")'
manage.py zdt_schema new rename-table shop.Product shop_goods
manage.py zdt_schema new drop-field shop.Product blurb
manage.py zdt_schema new not-null shop.Order user
manage.py zdt_schema new drop-foreign-key shop.Order product
"""


@dataclass(frozen=True, slots=True)
class Word:
    """``answers`` are the keys of its JSON object."""

    help: str
    add_arguments: Callable[[CommandParser], None]
    run: Run
    examples: str
    answers: str


WORDS: dict[str, Word] = {
    "new": Word(
        "Write the migration that begins a change, and say what models.py needs.",
        write.add_new_arguments,
        write.new,
        _NEW,
        WRITTEN,
    ),
    "next": Word(
        "Write the migration of a change's next step, for the release after this one.",
        write.add_next_arguments,
        write.next_,
        f"manage.py zdt_schema next\nmanage.py zdt_schema next {_KEY}",
        WRITTEN,
    ),
    "status": Word(
        "Show where changes stand, what they wait for, and who needs the old shape.",
        show.add_arguments,
        show.status,
        f"manage.py zdt_schema status\nmanage.py zdt_schema status {_KEY} --json",
        f"{CHANGE} with a KEY, and its gate; {{changes}} without",
    ),
    "verify": Word(
        "Have every row compared again, for a new certificate.",
        steer.add_verify_arguments,
        steer.verify,
        f"manage.py zdt_schema verify {_KEY}\nmanage.py zdt_schema verify {_KEY} --repair\n"
        f'manage.py zdt_schema verify {_KEY} --repair --take new --reason "1.1 wrote nothing then"',
        CHANGE,
    ),
    "advance": Word(
        "Do the owed contract of a change now, if its gate is open.",
        steer.add_advance_arguments,
        steer.advance,
        f"manage.py zdt_schema advance {_KEY}\n"
        f'manage.py zdt_schema advance {_KEY} --force --reason "host web3 is gone for good"',
        f"{CHANGE}, and its gate",
    ),
}
