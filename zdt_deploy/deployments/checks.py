"""System checks of deployments.

| id | level | meaning |
|---|---|---|
| zdt_deploy.E002 | error | a stored plan cannot be used (with `check --database`) |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from zdt_core import database
from zdt_core.exceptions import Refused


@register(Tags.database)
def plans_are_right(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A plan that was edited past the admin is found before somebody needs it."""
    if not database.may_be_asked(databases):
        return []
    from zdt_deploy.deployments import models

    found: list[CheckMessage] = []
    try:
        rows = list(models.Plan.objects.all())
    except DatabaseError:  # not migrated yet
        return []
    for row in rows:
        try:
            row.rules()
        except Refused as refusal:
            found.append(
                Error(
                    f"The plan {row.name} cannot be used: {refusal}",
                    hint="Mend its fields in the admin.",
                    obj=row,
                    id="zdt_deploy.E002",
                )
            )
    return found
