"""System checks of deployments.

| id | level | meaning |
|---|---|---|
| zdt_deploy.E001 | error | zdt_core is not installed |
| zdt_deploy.E002 | error | a stored plan cannot be used (with `check --database`) |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from zdt_core import database
from zdt_core.exceptions import Refused


@register("zdt")
def core_is_installed(**kwargs: Any) -> list[CheckMessage]:
    if apps.is_installed("zdt_core"):
        return []
    return [
        Error(
            "zdt_deploy needs zdt_core.",
            hint='Add "zdt_core" to INSTALLED_APPS, above "zdt_deploy".',
            id="zdt_deploy.E001",
        )
    ]


@register("zdt", Tags.database)
def plans_are_right(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A plan that was edited past the admin is found before somebody needs it."""
    if database.alias() not in (databases or ()):
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
