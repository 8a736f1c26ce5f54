"""Indexes and constraints of an old column, once more on the new one, under names of zdt.

PostgreSQL itself says how they read on the new column, on an empty double of the table. Once the
old column goes they take over its names (see `heirs`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, constraining, ddl, indexing, rehearsal
from zdt_deploy.schema.indexing import Wanted
from zdt_deploy.schema.pairs import Pair

_KINDS = {"c": "check", "u": "unique", "f": "foreign key"}
_NAMES = {"p": "primary key", "x": "exclusion constraint"}


@dataclass(frozen=True, slots=True)
class Twin:
    """``name`` is on the column ``old``, ``twin`` on the new one, which is ``final`` in the end.

    ``was`` and ``now`` are what follows the table's name in the definition of each.
    """

    kind: str
    name: str
    twin: str
    final: str
    old: str
    was: str
    now: str
    unique: bool = False
    deferrable: str = ""

    @property
    def waits_for_values(self) -> bool:
        """Whether it may tell apart rows by their NULL, as one that holds where ``deleted_at IS
        NULL`` does: beside the rows that have no value yet it would find doubles."""
        index = self.now.partition(" WHERE ")
        columns = index[0].partition("(")[2]
        counts = bool(index[1]) or "(" in columns or "NULLS NOT DISTINCT" in self.now
        return self.unique and counts

    def is_in(self, others: list[Twin]) -> bool:
        """Whether it is one of the others, but for the name that it gets in the end."""
        return any(replace(self, final=other.final, was=other.was) == other for other in others)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def plan(
    editor: BaseDatabaseSchemaEditor,
    pair: Pair,
    *,
    finals: Mapping[str, str],
    only: Collection[str] | None = None,
) -> list[Twin]:
    """What the new column of a pair of two needs, without those of other names than ``only``.

    ``finals`` are the names that change. Refuses what can't be doubled beside the running site.
    """
    connection, (old,), (new,) = editor.connection, pair.old, pair.new
    require_possible(editor, pair)
    indexes = {
        name: index
        for name, index in catalogue.indexes(connection, pair.table).items()
        if index.valid and (only is None or name in only) and not name.startswith("zdt_twin_")
    }
    constraints = {
        name: constraint
        for name, constraint in catalogue.constraints(connection, pair.table).items()
        if constraint.type in _KINDS
        and old.name in constraint.columns
        and (only is None or name in only)
        and not name.startswith(("zdt_twin_", "zdt_"))
    }
    reads = _Reading(editor, pair)
    found = []
    for name, constraint in constraints.items():
        twin, final = _name(pair, name), finals.get(name, name)
        if constraint.type == "u":
            index = catalogue.indexes(connection, pair.table)[name]
            was, now = reads.index(name, index.definition, unique=True)
            end = constraint.definition.rpartition(")")[2]
            found.append(
                Twin("unique", name, twin, final, old.name, was, now, True, _deferrable(end))
            )
        elif constraint.type == "f":
            was = constraint.definition.removesuffix(constraining.NOT_VALID)
            now = _foreign_key(was, old.name, new.name)
            found.append(Twin("foreign key", name, twin, final, old.name, was, now))
        else:
            was = constraint.definition.removesuffix(constraining.NOT_VALID)
            found.append(Twin("check", name, twin, final, old.name, was, reads.check(name, was)))
    for name, index in indexes.items():
        if index.constraint:
            continue
        was, now = reads.index(name, index.definition, unique=index.unique)
        if was != now:
            found.append(
                Twin(
                    "index",
                    name,
                    _name(pair, name),
                    finals.get(name, name),
                    old.name,
                    was,
                    now,
                    index.unique,
                )
            )
    return found


def require_possible(editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
    """Refuse columns that more hangs on than can be doubled."""
    connection = editor.connection
    for column in pair.old:
        there = catalogue.columns(connection, pair.table).get(column.name)
        if there is not None and (there.generated or there.identity):
            raise Refused("column_not_writable", table=pair.table, column=column.name)
        for name, constraint in catalogue.constraints(connection, pair.table).items():
            if constraint.type in _NAMES and column.name in constraint.columns:
                raise Refused(
                    "column_not_doubled", table=pair.table, column=column.name,
                    what=f"{_NAMES[constraint.type]} {name}",
                )  # fmt: skip
    if not catalogue.is_partitioned(connection, pair.table):
        children = catalogue.partitions(connection, pair.table)
        if children:
            raise Refused(
                "column_not_doubled", table=pair.table, what=f"tables that inherit it {children}",
                column=", ".join(c.name for c in pair.old),
            )  # fmt: skip
    for found in catalogue.dependents(connection, pair.table, [c.name for c in pair.old]):
        if found.kind in ("foreign key of another table", "partition key"):
            raise Refused(
                "column_not_doubled", table=pair.table, what=str(found),
                column=", ".join(c.name for c in pair.old),
            )  # fmt: skip


def build_early(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> None:
    """Those that may be built while rows have no value yet."""
    build(editor, table, [twin for twin in twins if not twin.waits_for_values])


def build(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> None:
    """Indexes CONCURRENTLY, checks and foreign keys NOT VALID; those that are there stay."""
    for twin in twins:
        _build(editor, table, twin.twin, twin.now, twin)


def build_old(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> None:
    """The same on the old column, which came back without them, and without its values: the rows
    are looked at by `validate_old`, once they are filled."""
    for twin in twins:
        _build(editor, table, twin.name, twin.was, twin)


def build_old_early(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> None:
    """Those on the old column that may be built before its rows are filled."""
    build_old(editor, table, [twin for twin in twins if not twin.waits_for_values])


def validate(
    editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin], *, before: Collection[str]
) -> None:
    """Look at the rows from before the constraints. One that was not there ``before`` this run goes
    again where rows violate it."""
    _validate(editor, table, [twin.twin for twin in twins], before)


def validate_old(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> None:
    """The same for the constraints of an old column that came back."""
    names = [twin.name for twin in twins]
    _validate(editor, table, names, names)


def _validate(
    editor: BaseDatabaseSchemaEditor, table: str, names: list[str], before: Collection[str]
) -> None:
    there = catalogue.constraints(editor.connection, table)
    for name in names:
        if name in there and not there[name].validated:
            others = [other] if (other := there[name].references) else []
            constraining.validate(editor, table, name, ours=name not in before, others=others)


def clear(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> None:
    """Take twins away that nobody wants any more."""
    for twin in twins:
        if twin.kind == "index":
            indexing.remove(editor, table, twin.twin)
        else:
            constraining.drop(editor, table, twin.twin, others=targets(editor, table, [twin]))


def doubled(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> list[str]:
    """The names of those on the old column whose twins are there."""
    connection = editor.connection
    indexes = {name for name, index in catalogue.indexes(connection, table).items() if index.valid}
    constraints = catalogue.constraints(connection, table)
    return [t.name for t in twins if t.twin in (indexes if t.kind == "index" else constraints)]


def targets(editor: BaseDatabaseSchemaEditor, table: str, twins: list[Twin]) -> list[str]:
    """The tables that foreign keys among them refer to: their locks are needed, too."""
    there = catalogue.constraints(editor.connection, table)
    names = {name for twin in twins for name in (twin.name, twin.twin, twin.final)}
    return sorted({c.references for c in there.values() if c.name in names and c.references})


def _rest(definition: str) -> str:
    """What follows the table's name in the definition of an index."""
    return f" USING {definition.partition(' USING ')[2]}"


class _Reading:
    """How definitions read once the old column is replaced by the new one."""

    def __init__(self, editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
        self.editor, self.pair = editor, pair

    def index(self, name: str, definition: str, *, unique: bool) -> tuple[str, str]:
        rest = _rest(definition)
        with rehearsal.stage(self.editor, self.pair.table) as double:
            self._execute(name, Wanted("zdt_rehearsed", rest, unique=unique).create(double))
            self._replace(name, double)
            now = catalogue.indexes(self.editor.connection, double)["zdt_rehearsed"].definition
        return rest, _rest(now)

    def check(self, name: str, definition: str) -> str:
        with rehearsal.stage(self.editor, self.pair.table) as double:
            table = catalogue.quoted(double)
            self._execute(name, f"ALTER TABLE {table} ADD CONSTRAINT zdt_rehearsed {definition}")
            self._replace(name, double)
            made = catalogue.constraints(self.editor.connection, double)
            return made["zdt_rehearsed"].definition

    def _replace(self, name: str, double: str) -> None:
        (old,), (new,) = self.pair.old, self.pair.new
        table, was = catalogue.quoted(double), catalogue.quoted_name(old.name)
        now = catalogue.quoted_name(new.name)
        self._execute(name, f"ALTER TABLE {table} DROP COLUMN IF EXISTS {now}")
        self._execute(name, f"ALTER TABLE {table} RENAME {was} TO {now}")
        if old.type != new.type:
            self._execute(
                name, f"ALTER TABLE {table} ALTER {now} TYPE {new.type} USING NULL::{new.type}"
            )

    def _execute(self, name: str, statement: str) -> None:
        try:
            self.editor.execute(statement, params=None)
        except DatabaseError as error:
            (new,) = self.pair.new
            raise Refused(
                "twin_impossible", name=name, table=self.pair.table, type=new.type,
                error=str(error).splitlines()[0],
            ) from error  # fmt: skip


def _name(pair: Pair, name: str) -> str:
    return f"zdt_twin_{hashlib.sha256(f'{pair.digest} {name}'.encode()).hexdigest()[:12]}"


def _deferrable(end: str) -> str:
    at = end.find("DEFERRABLE")
    return f" {end[at:]}" if at >= 0 else ""


def _foreign_key(definition: str, old: str, new: str) -> str:
    own, _, rest = definition.partition(") REFERENCES ")
    head, _, columns = own.partition("(")
    names = [column.strip() for column in columns.split(",")]
    was = (old, catalogue.quoted_name(old))
    swapped = [catalogue.quoted_name(new) if name in was else name for name in names]
    return f"{head}({', '.join(swapped)}) REFERENCES {rest}"


def _build(
    editor: BaseDatabaseSchemaEditor, table: str, name: str, definition: str, twin: Twin
) -> None:
    there = catalogue.constraints(editor.connection, table)
    if twin.kind == "index":
        indexing.build(editor, table, Wanted(name, definition, unique=twin.unique))
    elif name in there:
        return
    elif twin.kind == "unique":
        columns = f" {definition.partition(' USING ')[2].partition(' ')[2]}"
        wanted = Wanted(name, columns, unique=True)
        constraining.unique(editor, table, wanted, deferrable=twin.deferrable)
    else:
        _add(editor, table, name, definition, twin)


def _add(
    editor: BaseDatabaseSchemaEditor, table: str, name: str, definition: str, twin: Twin
) -> None:
    connection, end = editor.connection, constraining.NOT_VALID
    too_old = connection.pg_version < 180000  # type: ignore[attr-defined]
    if twin.kind == "foreign key" and too_old and catalogue.is_partitioned(connection, table):
        raise Refused("foreign_key_of_partitions", table=table, name=twin.name)
    elder = catalogue.constraints(connection, table).get(twin.name)
    others = [elder.references] if elder is not None and elder.references else []
    ddl.short(
        editor,
        [f"ALTER TABLE {catalogue.quoted(table)} "
         f"ADD CONSTRAINT {catalogue.quoted_name(name)} {definition}{end}"],
        tables=[table, *others], what=f"Adding {name} for {twin.name} to {table}",
    )  # fmt: skip
