"""System checks of backfills.

| id | level | meaning |
|---|---|---|
| zdt_deploy.E060 | error | an app declares a backfill that cannot be |
| zdt_deploy.W060 | warning | the queryset of a declared backfill raises |

They are in no tag that zdt's commands wait for: one bad declaration stops nobody's work.
"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.db import Error as DatabaseError

from zdt_core.exceptions import Refused


@register("zdt_backfills")
def declarations_make_sense(**kwargs: Any) -> list[CheckMessage]:
    """What apps declare in their ``backfills`` modules is looked at before somebody runs it."""
    from zdt_deploy.backfills import declarations

    found: list[CheckMessage] = []
    for name, declaration in declarations.declared().items():
        try:
            declaration.check()
        except DatabaseError:  # a queryset that asks the database, which may not be there yet
            continue
        except Refused as refusal:
            raises = refusal.code == declarations.RAISED
            found.append(_raises(name, refusal) if raises else _cannot_be(name, refusal))
    return found


def _cannot_be(name: str, refusal: Refused) -> CheckMessage:
    return Error(
        f"The backfill {name} cannot be run: {refusal}",
        hint="Mend its declaration in the module `backfills.py` of its app.",
        id="zdt_deploy.E060",
    )


def _raises(name: str, refusal: Refused) -> CheckMessage:
    return Warning(
        f"The backfill {name} cannot be run now: {refusal}",
        hint="Mend the queryset in the module `backfills.py` of its app.",
        id="zdt_deploy.W060",
    )
