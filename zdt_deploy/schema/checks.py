"""System checks of schema changes.

| id | level | meaning |
|---|---|---|
| zdt_deploy.W050 | warning | a schema change has a problem (with `check --database`) |
| zdt_deploy.W051 | warning | every session, or every service, is trusted |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from zdt_core import database, messages
from zdt_core.exceptions import ConfigurationError
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.phases import OPEN


@register(Tags.database)
def changes_are_well(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """What the ticker found, such as a trigger that somebody dropped by hand."""
    if not database.may_be_asked(databases):
        return []
    from zdt_deploy.schema import models

    open_ = models.SchemaChange.objects.filter(phase__in=sorted(OPEN)).exclude(problem="")
    try:
        found = list(open_)
    except DatabaseError:  # not migrated yet
        return []
    return [
        Warning(
            f"The schema change {change.key} ({change.phase}) needs a person.",
            hint=messages.text(change.problem, change.problem_params),
            obj=change,
            id="zdt_deploy.W050",
        )
        for change in found
    ]


@register("zdt")
def somebody_is_not_trusted(**kwargs: Any) -> list[CheckMessage]:
    """A contract whose witnesses are all trusted waits for nobody."""
    try:
        given = {
            "ZDT_SCHEMA_TRUSTED_SESSIONS": conf.SCHEMA_TRUSTED_SESSIONS,
            "ZDT_SCHEMA_TRUSTED_SERVICES": conf.SCHEMA_TRUSTED_SERVICES,
        }
    except ConfigurationError:  # zdt_core.E001 says so
        return []
    return [
        Warning(
            f"{name} trusts everybody, so that contracts don't wait for code that still needs the "
            "old shape.",
            hint="Name those that never use the site's tables, such as 'postgres_exporter'.",
            id="zdt_deploy.W051",
        )
        for name, globs in given.items()
        if any(not glob.strip("*?") for glob in globs)
    ]
