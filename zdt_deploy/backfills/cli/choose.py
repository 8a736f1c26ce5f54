"""Which backfill is meant: the live one of the name, else its newest; or the one of the number."""

from __future__ import annotations

import difflib
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Case, IntegerField, Value, When

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import declarations
from zdt_deploy.backfills.declarations import Declaration
from zdt_deploy.backfills.models import Backfill


def add_name(parser: CommandParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", help="The backfill's name, or the number of one that is over."
    )


def backfill(options: dict[str, Any]) -> Backfill:
    """The one that is meant. Raises Refused("backfill_unknown")."""
    name = options["name"]
    live_first = Case(
        When(state__in=Backfill.LIVE, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    rows = Backfill.objects.filter(name=name).order_by(live_first, "-id")
    found: Backfill | None = rows.first()
    if found is None and name.isdecimal() and len(name) < 19:
        found = Backfill.objects.filter(pk=int(name)).first()
    if found is None:
        raise Refused("backfill_unknown", name=name)
    return found


def declared(name: str) -> Declaration:
    """What an app declares as ``name``. Raises Refused("backfill_not_declared")."""
    known = declarations.declared()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        raise Refused("backfill_name_unknown", name=name, nearest=near[0])
    raise Refused("backfill_not_declared", name=name, known=", ".join(known) or "–")
