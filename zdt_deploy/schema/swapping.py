"""The physical steps of a change whose old columns give way to new ones.

Each takes the ``spec`` of the change alone, reads the catalogue, and does what is missing, so that
it may be run again after a crash at any line, and without the migration.

``{"pair": …, "add": {new: type}, "back": {old: type}, "defaults": {new: SQL}, "old_defaults":
{old: SQL}, "comments": {new: SQL}, "sequences": [[name, old, new]], "twins": […],
"own": [names of indexes and constraints that need no twin], "restored": whether the old columns
came back after a contract}``
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, constraining, ddl, hazards, heirs, triggers
from zdt_deploy.schema import twins as doubling
from zdt_deploy.schema.catalogue import quoted_name
from zdt_deploy.schema.pairs import Column, Pair
from zdt_deploy.schema.twins import Twin


def expand(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """New columns and trigger in one short step, then indexes and constraints like the old ones."""
    pair, twins = _read(spec)

    def missing() -> list[str]:
        there = {} if editor.collect_sql else catalogue.columns(editor.connection, pair.table)
        for column in pair.new:
            if column.name in there and there[column.name].type != column.type:
                raise Refused(
                    "column_differs", table=pair.table, column=column.name, wanted=column.type,
                    there=there[column.name].type,
                )  # fmt: skip
        adds = [f"ADD COLUMN {quoted_name(n)} {sql}" for n, sql in spec["add"].items()
                if n not in there]  # fmt: skip
        found = [f"{_alter(pair)} {', '.join(adds)}"] if adds else []
        found += _belonging(editor, spec, pair) if adds else []
        if editor.collect_sql or adds or triggers.state(editor.connection, pair).code:
            found += triggers.statements(editor, pair)
        return found

    ddl.short(
        editor, missing, tables=[pair.table],
        what=f"Adding {', '.join(spec['add'])} to {pair.table}",
    )  # fmt: skip
    if not editor.collect_sql:
        doubling.build_early(editor, pair.table, twins)


def undo(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """Trigger and new columns go; what else hangs on them keeps them there."""
    pair, twins = _read(spec)
    new = [column.name for column in pair.new]
    if not editor.collect_sql:
        require_undo(editor, spec)

    def present() -> list[str]:
        there = spec["add"] if editor.collect_sql else _columns(editor, pair)
        if not editor.collect_sql:
            _require_old(pair, there)
        return [*triggers.removal(editor, pair), *_drops(pair, [n for n in new if n in there])]

    ddl.short(
        editor, present, tables=[pair.table, *_targets(editor, pair, twins)],
        what=f"Dropping {', '.join(new)} of {pair.table}",
    )  # fmt: skip
    if pair.overflow == "stop":
        _old_not_null(editor, pair)


def require_undo(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """Raise Refused where `undo` would lose values, or can't be done; ask before the record goes.

    Where the old columns are gone, the new ones hold the only values there are.
    """
    pair, twins = _read(spec)
    _require_way_back(editor, pair)
    _require_old(pair, _columns(editor, pair))
    _require_fit(editor, pair)
    _require_free(editor, pair, [c.name for c in pair.new], [twin.twin for twin in twins])


def switch(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """The new columns are held to all that the old ones are; no row is looked at under a lock."""
    pair, twins = _read(spec)
    if not editor.collect_sql:
        before = catalogue.constraints(editor.connection, pair.table)
        doubling.build(editor, pair.table, twins)
        doubling.validate(editor, pair.table, twins, before=before)
    _not_null(editor, pair.table, pair.new)
    new = ", ".join(quoted_name(column.name) for column in pair.new)
    ddl.scan(
        editor, f"ANALYZE {catalogue.quoted(pair.table)} ({new})", table=pair.table,
        what=f"Analyzing {pair.table}, for the plans of code that reads its new columns",
    )  # fmt: skip


def clear(editor: BaseDatabaseSchemaEditor, was: dict[str, Any], now: dict[str, Any]) -> None:
    """The twins of what the old columns have no more, or otherwise, go."""
    pair, twins = _read(now)
    doubling.clear(editor, pair.table, [twin for twin in _read(was)[1] if not twin.is_in(twins)])


def unswitch(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """The old columns are what the old models say again."""
    pair, twins = _read(spec)
    if not editor.collect_sql:
        _step_aside(editor, pair, twins)
        doubling.build_old(editor, pair.table, twins)
        doubling.validate_old(editor, pair.table, twins)
    _old_not_null(editor, pair)


def _step_aside(editor: BaseDatabaseSchemaEditor, pair: Pair, twins: list[Twin]) -> None:
    if twins:  # of one column only
        (old,), (new,) = pair.old, pair.new
        heirs.step_aside(editor, pair.table, twins, old=old.name, new=new.name)


def require_way_back(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """Raise Refused("way_back_given_up") once the policy "stop" has come into force."""
    _require_way_back(editor, _read(spec)[0])


def contract(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """Trigger and old columns go, names and defaults pass on: in one short transaction."""
    pair, twins = _read(spec)
    if not catalogue.table_exists(editor.connection, pair.table):
        return
    old = [column.name for column in pair.old]
    _require_doubled(editor, pair, twins, spec)
    _require_free(editor, pair, old, [twin.name for twin in twins])

    def present() -> list[str]:
        _require_doubled(editor, pair, twins, spec)
        there = _columns(editor, pair)
        left = [name for name in old if name in there]
        renames = heirs.taking_over(editor, pair.table, twins, restored=bool(spec.get("restored")))
        found = triggers.removal(editor, pair)
        if not left:
            return [*found, *renames]
        found += _sequences(editor, spec, pair, back=False)
        found += [f"{_alter(pair)} ALTER COLUMN {quoted_name(name)} SET DEFAULT {sql}"
                  for name, sql in spec["defaults"].items()
                  if not there[name].default]  # fmt: skip
        return [*found, *_drops(pair, left), *renames]

    ddl.short(
        editor, present, tables=[pair.table, *_targets(editor, pair, twins)],
        what=f"Dropping {', '.join(old)} of {pair.table}",
    )  # fmt: skip


def restore(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any]) -> None:
    """The old columns again, empty, and kept equal from now on; the backfill fills them."""
    pair, twins = _read(spec)

    def missing() -> list[str]:
        there = _columns(editor, pair)
        adds = [f"ADD COLUMN {quoted_name(n)} {sql}" for n, sql in spec["back"].items()
                if n not in there]  # fmt: skip
        if not adds:
            return [] if not triggers.state(editor.connection, pair).code else (
                triggers.statements(editor, pair)
            )  # fmt: skip
        defaults = [f"{_alter(pair)} ALTER COLUMN {quoted_name(name)} DROP DEFAULT"
                    for name in spec["defaults"]]  # fmt: skip
        back = [f"{_alter(pair)} ALTER COLUMN {quoted_name(name)} SET DEFAULT {sql}"
                for name, sql in spec["old_defaults"].items()]  # fmt: skip
        return [
            *heirs.giving_back(editor, pair.table, twins),
            f"{_alter(pair)} {', '.join(adds)}",
            *_sequences(editor, spec, pair, back=True), *defaults, *back,
            *triggers.statements(editor, pair),
        ]  # fmt: skip

    ddl.short(editor, missing, tables=[pair.table], what=f"Bringing back columns of {pair.table}")
    if catalogue.is_empty(editor.connection, pair.table):
        doubling.build_old(editor, pair.table, twins)
    else:
        doubling.build_old_early(editor, pair.table, twins)


def _read(spec: dict[str, Any]) -> tuple[Pair, list[Twin]]:
    return Pair.from_json(spec["pair"]), [Twin(**twin) for twin in spec["twins"]]


def _alter(pair: Pair) -> str:
    return f"ALTER TABLE {catalogue.quoted(pair.table)}"


def _belonging(editor: BaseDatabaseSchemaEditor, spec: dict[str, Any], pair: Pair) -> list[str]:
    """Comments, and the rights that others have on the old column alone."""
    table = catalogue.quoted(pair.table)
    found = [
        f"COMMENT ON COLUMN {table}.{quoted_name(name)} IS {text}"
        for name, text in spec["comments"].items()
    ]
    if editor.collect_sql or len(pair.old) != 1:
        return found
    new = ", ".join(quoted_name(column.name) for column in pair.new)
    with editor.connection.cursor() as cursor:
        cursor.execute(
            """SELECT x.privilege_type, CASE WHEN x.grantee = 0 THEN 'PUBLIC'
                      ELSE quote_ident(pg_get_userbyid(x.grantee)) END
               FROM pg_attribute a, aclexplode(a.attacl) x
               WHERE a.attrelid = to_regclass(%s) AND a.attname = %s ORDER BY 2, 1""",
            [table, pair.old[0].name],
        )
        rights = cursor.fetchall()
    return [*found, *(f"GRANT {right} ({new}) ON {table} TO {role}" for right, role in rights)]


def _drops(pair: Pair, names: list[str]) -> list[str]:
    if not names:
        return []
    return [f"{_alter(pair)} {', '.join(f'DROP COLUMN {quoted_name(name)}' for name in names)}"]


def _columns(editor: BaseDatabaseSchemaEditor, pair: Pair) -> dict[str, catalogue.Column]:
    return catalogue.columns(editor.connection, pair.table)


def _targets(editor: BaseDatabaseSchemaEditor, pair: Pair, twins: list[Twin]) -> list[str]:
    return [] if editor.collect_sql else doubling.targets(editor, pair.table, twins)


def _require_free(
    editor: BaseDatabaseSchemaEditor, pair: Pair, columns: list[str], names: list[str]
) -> None:
    held = hazards.holding(editor, pair, columns, names)
    if held:
        raise Refused(
            "column_has_dependents", table=pair.table, column=", ".join(columns),
            dependents="; ".join(held),
        )  # fmt: skip


def _require_doubled(
    editor: BaseDatabaseSchemaEditor, pair: Pair, twins: list[Twin], spec: dict[str, Any]
) -> None:
    """Nothing that holds for the old columns alone goes along with them unseen."""
    names = [*spec.get("own", ()), *doubling.doubled(editor, pair.table, twins)]
    missing = hazards.undoubled(editor, pair, names)
    if missing:
        raise Refused(
            "column_not_all_doubled", table=pair.table, missing="; ".join(missing),
            column=", ".join(c.name for c in pair.old), new=", ".join(c.name for c in pair.new),
        )  # fmt: skip


def _require_old(pair: Pair, there: Container[str]) -> None:
    gone = [column.name for column in pair.old if column.name not in there]
    if gone and any(column.name in there for column in pair.new):
        raise Refused(
            "old_column_gone", table=pair.table, columns=", ".join(gone),
            left=", ".join(column.name for column in pair.new),
        )  # fmt: skip


def _require_fit(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    """The policies "null" and "clamp" keep what doesn't fit in the new columns alone."""
    if pair.overflow not in ("null", "clamp"):
        return
    columns = _columns(editor, pair)
    if not all(column.name in columns for column in (*pair.old, *pair.new)):
        return
    if catalogue.has_row(editor.connection, pair.table, pair.misfit()):
        raise Refused(
            "undo_loses_values", table=pair.table, where=pair.misfit(),
            columns=", ".join(column.name for column in pair.new),
            old=", ".join(column.name for column in pair.old),
        )  # fmt: skip


def _require_way_back(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    if pair.overflow != "stop":
        return
    since = triggers.stopped(editor.connection, pair)
    if since is not None:
        raise Refused(
            "way_back_given_up", table=pair.table, since=f"{since:%Y-%m-%d %H:%M:%S %Z}",
            columns=", ".join(column.name for column in pair.old),
        )  # fmt: skip


def _old_not_null(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    _not_null(editor, pair.table, pair.old)


def _not_null(editor: BaseDatabaseSchemaEditor, table: str, columns: Iterable[Column]) -> None:
    if strict := [column.name for column in columns if not column.null]:
        constraining.set_not_null(editor, table, *strict)


def _sequences(
    editor: BaseDatabaseSchemaEditor, spec: dict[str, Any], pair: Pair, *, back: bool
) -> list[str]:
    """A sequence that belongs to the old column would go with it."""
    return [
        f"ALTER SEQUENCE {name} OWNED BY {catalogue.quoted(pair.table)}."
        f"{quoted_name(old if back else new)}"
        for name, old, new in spec["sequences"]
    ]
