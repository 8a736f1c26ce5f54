"""System checks of zdt_audit; all need ``check --database``, as `migrate` runs them.

| id | level | meaning |
|---|---|---|
| zdt_audit.W001 | warning | the trigger that keeps entries as they are is missing or not as made |
| zdt_audit.W002 | warning, --deploy | the site's own database role could take the trigger off |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register

from zdt_audit import protection
from zdt_audit.protection import State
from zdt_core import database

_ROLE = """
SELECT current_user, role.rolsuper, pg_has_role(current_user, relation.relowner, 'USAGE')
FROM pg_class AS relation, pg_roles AS role
WHERE relation.oid = to_regclass('zdt_audit_entry') AND role.rolname = current_user
"""


@register(Tags.database)
def entries_are_protected(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not _has_the_table(databases) or protection.is_test_database(database.connection()):
        return []
    found = protection.state(database.connection())
    if found is State.WHOLE:
        return []
    return [
        Warning(
            f"Audit entries can be changed or removed: their trigger is {found}.",
            hint="Find out who did that, then run `manage.py zdt_audit protect`.",
            id="zdt_audit.W001",
        )
    ]


@register(Tags.database, deploy=True)
def role_is_no_owner(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if not _has_the_table(databases):
        return []
    with database.connection().cursor() as cursor:
        cursor.execute(_ROLE)
        role, is_superuser, owns = cursor.fetchone()
    if not (is_superuser or owns):
        return []
    why = "is a superuser" if is_superuser else "owns the table"
    return [
        Warning(
            f"The database role “{role}” {why}, so it could take the audit trail's trigger off.",
            hint="Migrate with a role of its own; give the site's role INSERT and SELECT on "
            "zdt_audit_entry and USAGE on its sequence, nothing more.",
            id="zdt_audit.W002",
        )
    ]


def _has_the_table(databases: Sequence[str] | None) -> bool:
    if not database.may_be_asked(databases):
        return False
    with database.connection().cursor() as cursor:
        cursor.execute("SELECT to_regclass('zdt_audit_entry') IS NOT NULL")
        return bool(cursor.fetchone()[0])
