"""Gives tables another name by way of a view, which new code uses as if it were the table.

``{"tables": [[old, new], …]}``, names as in ``db_table``. Each step reads the catalogue and does
what is missing.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, ddl
from zdt_deploy.schema.catalogue import quoted, quoted_name

TABLES = ("r", "p")


def expand(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """A view by the new name over each table; a second run shows it columns that came later."""
    for old, new in spec["tables"]:
        view = _new(editor, old, new)
        if not editor.collect_sql:
            _require_free_name(editor, old, view)
        ddl.short(
            editor, [*_view(editor, old, view), *_grants(editor, old, view)],
            tables=[old], what=f"Letting {old} be used as {new}",
        )  # fmt: skip


def undo(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """The views go; what hangs on them keeps them there."""
    for old, new in spec["tables"]:
        view = _new(editor, old, new)
        if editor.collect_sql or kind(editor.connection, view) == "v":
            if not editor.collect_sql:
                _require_nothing_on(editor, view)
            ddl.short(
                editor, [f"DROP VIEW IF EXISTS {quoted(view)}"], tables=[view],
                what=f"Dropping the view {new}",
            )  # fmt: skip


def require_undo(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """Raise Refused where something hangs on a view; ask before the record goes."""
    for old, new in spec["tables"]:
        view = _new(editor, old, new)
        if kind(editor.connection, view) == "v":
            _require_nothing_on(editor, view)


def contract(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """Views go and tables take their names, all in one short transaction."""
    pairs = [(old, new, _new(editor, old, new)) for old, new in spec["tables"]]
    for old, _new_name, view in pairs:
        if kind(editor.connection, old) in TABLES:
            _require_nothing_on(editor, view)
            _require_unnamed(editor, old)

    def present() -> list[str]:
        found = []
        for old, new, view in pairs:
            if kind(editor.connection, view) == "v":
                found.append(f"DROP VIEW {quoted(view)}")
            if kind(editor.connection, old) in TABLES:
                found.append(f"ALTER TABLE {quoted(old)} RENAME TO {_bare(new)}")
        return found

    tables = [name for old, _new_name, view in pairs for name in (view, old)]
    ddl.short(editor, present, tables=tables, what=f"Renaming {_listed(spec)}")


def restore(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """The old names again, and views by the new ones."""
    pairs = [(old, new, _new(editor, new, new)) for old, new in spec["tables"]]

    def missing() -> list[str]:
        found = []
        for old, _new_name, view in pairs:
            if kind(editor.connection, view) in TABLES:
                name = f"{view.rpartition('.')[0]}.{old.rpartition('.')[2]}"
                found.append(f"ALTER TABLE {quoted(view)} RENAME TO {_bare(old)}")
                found += _view(editor, name, view)
                found += _grants(editor, view, view)
        return found

    tables = [view for _old, _new_name, view in pairs]
    ddl.short(editor, missing, tables=tables, what=f"Giving {_listed(spec)} back its name")


def kind(connection: BaseDatabaseWrapper, name: str) -> str:
    """PostgreSQL's letter for what has the name: r table, p partitioned table, v view; '' none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", [quoted(name)])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _new(editor: BaseDatabaseSchemaEditor, old: str, new: str) -> str:
    """The new name with the schema of the table."""
    if "." in new:
        return new
    full = catalogue.full_name(editor.connection, old)
    schema = full.partition(".")[0] if full else old.rpartition(".")[0]
    return f"{schema}.{new}" if schema else new


def _bare(name: str) -> str:
    return quoted_name(name.rpartition(".")[2])


def _listed(spec: dict[str, Any]) -> str:
    return ", ".join(f"{old} to {new}" for old, new in spec["tables"])


def _view(editor: BaseDatabaseSchemaEditor, old: str, view: str) -> list[str]:
    """Readers and writers of the view need the rights that they need for the table."""
    return [
        f"CREATE OR REPLACE VIEW {quoted(view)} WITH (security_invoker = true)"  # noqa: S608
        f" AS SELECT * FROM {quoted(old)}"
    ]


def _grants(editor: BaseDatabaseSchemaEditor, old: str, view: str) -> list[str]:
    """The rights that others have on the table, on the view as well."""
    if editor.collect_sql:
        return []
    with editor.connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.privilege_type, CASE WHEN a.grantee = 0 THEN 'PUBLIC'
                      ELSE quote_ident(pg_get_userbyid(a.grantee)) END
               FROM pg_class c, aclexplode(c.relacl) a
               WHERE c.oid = to_regclass(%s) AND a.grantee <> c.relowner
               AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
               ORDER BY 2, 1""",
            [quoted(old)],
        )
        return [f"GRANT {right} ON {quoted(view)} TO {role}" for right, role in cursor.fetchall()]


def _require_free_name(editor: BaseDatabaseSchemaEditor, old: str, view: str) -> None:
    there = kind(editor.connection, view)
    if not there:
        return
    on_it = catalogue.dependents(editor.connection, old, None) if there == "v" else []
    names = (view, view.rpartition(".")[2])
    if not any(d.kind == "view" and d.name.replace('"', "") in names for d in on_it):
        raise Refused("table_name_taken", table=old, name=view)


def _require_nothing_on(editor: BaseDatabaseSchemaEditor, view: str) -> None:
    """Raise Refused where other views hang on the view."""
    hanging = catalogue.dependents(editor.connection, view, None)
    found = [str(d) for d in hanging if d.kind in ("view", "materialized view")]
    if found:
        raise Refused("view_has_dependents", table=view, dependents="; ".join(found))


def _require_unnamed(editor: BaseDatabaseSchemaEditor, old: str) -> None:
    """Raise Refused where functions name the table: their text doesn't follow a rename."""
    hanging = catalogue.blocking(editor.connection, old, None)
    found = [d.name for d in hanging if d.detail == catalogue.MENTIONED]
    if found:
        raise Refused("functions_name_table", table=old, functions=", ".join(found))
