"""What the three operations of a change with old and new columns do, whatever the change is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, Model

from zdt_core import fleet
from zdt_core.exceptions import Refused
from zdt_core.fleet import Standing
from zdt_deploy.schema import (
    adding,
    catalogue,
    certificates,
    changes,
    contracting,
    hazards,
    naming,
    pairing,
    rehearsal,
    shapes,
    swapping,
    twins,
)
from zdt_deploy.schema.operations.base import ZdtOperation, model_of
from zdt_deploy.schema.pairs import Column, Pair
from zdt_deploy.schema.phases import OPEN, Phase


class Change:
    """What one kind of change is: set on the operations by inheritance, and by each kind itself."""

    kind: str
    model_name: str
    lossy: bool = False
    acknowledge: Sequence[str] = ()

    def what(self) -> str:
        """The last part of the change's key."""
        raise NotImplementedError

    def change_key(self, app_label: str) -> str:
        """The key of the change's record."""
        return changes.key_of(app_label, self.model_name, self.what())

    def switched(self, app_label: str, state: ProjectState) -> None:
        """Make the old models the new ones."""
        raise NotImplementedError

    def spec(
        self, editor: BaseDatabaseSchemaEditor, old: type[Model], new: type[Model]
    ) -> dict[str, Any]:
        """All that the physical steps need, from the old and the new model."""
        raise NotImplementedError

    def belongings(self, new: type[Model]) -> list[Field[Any, Any]]:
        """The new fields whose indexes and constraints Django names anew."""
        return []

    def plain(self) -> list[Operation]:
        """The operations of Django that do the same at once, for squashing; none if unknown."""
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """What all three operations of one change have in common."""
        raise NotImplementedError


class PairedOperation(ZdtOperation, Change):
    """One of three operations of a change."""

    step: str
    reversible = True

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        given = {name: value for name, value in self.arguments().items() if value not in _ABSENT}
        return type(self).__name__, [], given

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() == self.model_name.lower()

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def same_change(self, other: Operation) -> bool:
        return (
            isinstance(other, PairedOperation)
            and other.kind == self.kind
            and (other.model_name.lower(), other.what()) == (self.model_name.lower(), self.what())
        )

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        outcome = super().reduce(operation, app_label)
        return outcome or not operation.references_model(self.model_name, app_label)

    def models(
        self, app_label: str, state: ProjectState, editor: BaseDatabaseSchemaEditor
    ) -> tuple[type[Model], type[Model]] | None:
        """The old and the new model, from a ``state`` of the old one; None if not on this alias."""
        old = self.here(app_label, editor, state, self.model_name)
        if old is None:
            return None
        after = state.clone()
        self.switched(app_label, after)
        return old, model_of(after, app_label, self.model_name)

    def recorded(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> dict[str, Any] | None:
        """The spec on record; where there is none, from a ``state`` of the old model."""
        if not editor.collect_sql:
            change = changes.find(editor.connection, self.change_key(app_label))
            if change is not None:
                return dict(change.spec)
        found = self.models(app_label, state, editor)
        return None if found is None else self.spec(editor, *found)


class ExpandOperation(PairedOperation):
    step = "expand"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        found = self.models(app_label, from_state, schema_editor)
        if found is None:
            return
        old, new = found
        connection, key = schema_editor.connection, self.change_key(app_label)
        spec = self.spec(schema_editor, old, new)
        pair = Pair.from_json(spec["pair"])
        _require_no_fields_column(old, pair)
        if schema_editor.collect_sql:
            swapping.expand(schema_editor, spec)
            return
        names = [column.name for column in (*pair.old, *pair.new)]
        if naming.kind(connection, pair.table) == "v":
            raise Refused("table_is_view", table=pair.table)
        changes.require_room(connection, key=key, table=pair.table, columns=names)
        hazards.require_harmless(schema_editor, pair, self.acknowledge)
        change = changes.find(connection, key)
        recorded = change is not None and change.phase in OPEN
        hazards.require_new_columns(schema_editor, pair, recorded=recorded)
        self.require_writable(schema_editor, pair)
        _require_defaults_held(spec, pair)
        twins.require_possible(schema_editor, pair)
        self.require_short(schema_editor, spec, pair)
        hazards.tell_of_contract(schema_editor, pair, [twin["name"] for twin in spec["twins"]])
        swapping.expand(schema_editor, spec)
        born_empty = catalogue.is_empty(connection, pair.table)
        for field in self.belongings(new):
            adding.belongings(schema_editor, new, field)
        changes.expand(
            connection, key=key, kind=self.kind, app_label=app_label, table=pair.table,
            model_name=self.model_name, spec=spec, born_empty=born_empty,
        )  # fmt: skip

    def require_writable(self, editor: BaseDatabaseSchemaEditor, pair: Pair) -> None:
        """Refuse a new field that new code could not write all it may until the contract."""

    def require_short(
        self, editor: BaseDatabaseSchemaEditor, spec: dict[str, Any], pair: Pair
    ) -> None:
        """Refuse a column for which PostgreSQL would write the whole table anew."""
        there = catalogue.columns(editor.connection, pair.table)
        for name, definition in spec["add"].items():
            add = f"ADD COLUMN {catalogue.quoted_name(name)} {definition}"
            if name not in there and rehearsal.rewrites(editor, pair.table, add):
                raise Refused(
                    "column_not_doubled", table=pair.table, column=name, what=f"type {definition}"
                )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if self.here(app_label, schema_editor, to_state, self.model_name) is None:
            return
        spec = self.recorded(app_label, schema_editor, to_state)
        if spec is None:
            return
        if not schema_editor.collect_sql:
            _require_unread(schema_editor.connection, self.change_key(app_label))
            swapping.require_undo(schema_editor, spec)
            changes.expand_reversed(schema_editor.connection, self.change_key(app_label))
        swapping.undo(schema_editor, spec)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if self.same_change(operation):
            return True if not isinstance(operation, ContractOperation) else self.plain() or False
        return super().reduce(operation, app_label)


class SwitchOperation(PairedOperation):
    step = "switch"

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        self.switched(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, from_state, self.model_name)
        if model is None:
            return
        connection, key = schema_editor.connection, self.change_key(app_label)
        if not schema_editor.collect_sql:
            changes.require_switch(connection, key, table=model._meta.db_table)
        spec = self.recorded(app_label, schema_editor, from_state)
        if spec is not None:
            swapping.switch(schema_editor, spec)
        if not schema_editor.collect_sql:
            changes.switched(connection, key)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is None:
            return
        spec = self.recorded(app_label, schema_editor, to_state)
        connection, key = schema_editor.connection, self.change_key(app_label)
        if not schema_editor.collect_sql:
            if spec is not None:
                swapping.require_way_back(schema_editor, spec)
            _require_switch_back(connection, key, model._meta.db_table)
        if spec is not None:
            swapping.unswitch(schema_editor, spec)
        if not schema_editor.collect_sql:
            changes.switch_reversed(connection, key, table=model._meta.db_table)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if any(_equal(operation, plain) for plain in self.plain()):
            return [operation]
        return super().reduce(operation, app_label)


class ContractOperation(PairedOperation):
    step = "contract"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is None:
            return
        if schema_editor.collect_sql:
            told = f"-- {self.describe()}, at once or when its gate opens"
            schema_editor.execute(told, params=None)
            return
        contracting.contract_or_owe(
            schema_editor.connection, self.change_key(app_label), table=model._meta.db_table
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = self.here(app_label, schema_editor, to_state, self.model_name)
        if model is not None and not schema_editor.collect_sql:
            contracting.contract_reversed(
                schema_editor.connection, self.change_key(app_label), table=model._meta.db_table
            )


def spec_of(
    editor: BaseDatabaseSchemaEditor,
    pair: Pair,
    *,
    found: Sequence[twins.Twin] = (),
    defaults: dict[str, str] | None = None,
    collations: dict[str, str] | None = None,
    comments: dict[str, str] | None = None,
    lossy: bool = False,
) -> dict[str, Any]:
    """What `swapping` needs, with the old columns' own defaults, sequences and collations."""
    old = {} if editor.collect_sql else catalogue.columns(editor.connection, pair.table)
    own = {c.name: old[c.name].default for c in pair.old if c.name in old and old[c.name].default}
    collated = _collations(editor, pair)
    renamed = pair.same_types
    new_collations = collations or (
        {pair.new[0].name: collated[pair.old[0].name]} if renamed and collated else {}
    )
    taken = {pair.new[0].name: next(iter(own.values()))} if renamed and own else {}
    sequences = _sequences(editor, pair) if renamed else []
    return {
        "pair": pair.to_json(),
        "add": {c.name: f"{c.type}{new_collations.get(c.name, '')}" for c in pair.new},
        "back": {c.name: f"{c.type}{collated.get(c.name, '')}" for c in pair.old},
        "defaults": taken if defaults is None else defaults,
        "old_defaults": own,
        "comments": comments or {},
        "sequences": sequences,
        "twins": [twin.to_json() for twin in found],
        "lossy": lossy,
    }


def column_of(editor: BaseDatabaseSchemaEditor, table: str, field: Any) -> Column:
    """The column as the database has it; for `sqlmigrate`, as the model says."""
    there = {} if editor.collect_sql else catalogue.columns(editor.connection, table)
    if field.column in there:
        found = there[field.column]
        return Column(field.column, found.type, found.nullable)
    if not editor.collect_sql:
        raise Refused(
            "column_missing", table=table, column=field.column, alias=editor.connection.alias,
            known=", ".join(there),
        )  # fmt: skip
    return Column(field.column, str(field.db_type(editor.connection)), field.null)


def new_column(editor: BaseDatabaseSchemaEditor, table: str, field: Any) -> Column:
    """The column that a new ``field`` will have, with its type as PostgreSQL writes it."""
    type_ = str(field.db_type(editor.connection))
    if not editor.collect_sql:
        with rehearsal.stage(editor, table) as double:
            name = catalogue.quoted_name(_TRIED)
            editor.execute(
                f"ALTER TABLE {catalogue.quoted(double)} ADD COLUMN {name} {type_}", params=None
            )
            type_ = catalogue.columns(editor.connection, double)[_TRIED].type
    return Column(field.column, type_, field.null)


def collation_of(editor: BaseDatabaseSchemaEditor, field: Any) -> str:
    name = field.db_parameters(connection=editor.connection).get("collation")
    return f" COLLATE {catalogue.quoted_name(name)}" if name else ""


def default_of(editor: Any, model: type[Model], field: Any) -> str | None:
    """The SQL of the field's default in the database; None where it has none."""
    if not field.has_db_default():
        return None
    sql, params = editor.db_default_sql(field)
    return str(editor.connection.ops.compose_sql(sql, params)) if params else str(sql)


def comments_of(editor: Any, fields: Sequence[Any]) -> dict[str, str]:
    """The comments on the columns of ``fields``, as SQL."""
    return {
        field.column: str(editor.connection.ops.compose_sql("%s", [field.db_comment]))
        for field in fields
        if field.db_comment
    }


def require_own_column(model: type[Model], field: Any) -> None:
    """Refuse what zdt can't double: primary keys, serial and generated columns."""
    if field.primary_key or getattr(field, "generated", False) or _is_serial(field):
        raise Refused(
            "column_not_doubled", table=model._meta.db_table, column=field.column,
            what="primary key" if field.primary_key else type(field).__name__,
        )  # fmt: skip


_ABSENT: tuple[Any, ...] = (None, (), False, "raise")
_TRIED = "zdt tried"


def _require_switch_back(connection: BaseDatabaseWrapper, key: str, table: str) -> None:
    """What `changes.switch_reversed` asks for, before the old columns are held to their shape."""
    change = changes.find(connection, key)
    if change is None:
        changes.require_empty(connection, key, table)
        return
    given_up = pairing.given_up(change)
    if given_up is not None:
        raise Refused("way_back_given_up", **given_up)
    if change.phase == Phase.SWITCHED and not changes.empty_since_birth(change):
        certificates.require(change)


def _require_unread(connection: BaseDatabaseWrapper, key: str) -> None:
    """Refuse while processes are live that read the new columns, as a canary's may be."""
    change = changes.find(connection, key)
    if change is None:
        return
    known = shapes.known_by(change)
    readers = {
        f"{member.role} of {member.service} {member.release}"
        for member in fleet.members(departed=False)
        if member.standing is Standing.LIVE and (member.service, member.release) in known
    }
    if readers:
        raise Refused("new_shape_in_use", key=key, processes=", ".join(sorted(readers)))


def _require_defaults_held(spec: dict[str, Any], pair: Pair) -> None:
    """Refuse a default of a new column for which no default of the old one stands in.

    It comes into force with the contract only: before, it would win over what old code inserts.
    """
    held = len(pair.new) == 1 and all(c.name in spec["old_defaults"] for c in pair.old)
    if spec["defaults"] and not held:
        raise Refused(
            "new_default_too_early", table=pair.table, columns=", ".join(spec["defaults"])
        )


def _require_no_fields_column(model: type[Model], pair: Pair) -> None:
    """Refuse a new column that another field of the old model has: its values would be lost."""
    fields = {str(field.column): field.name for field in model._meta.local_concrete_fields}
    for column in pair.new:
        if column.name in fields:
            raise Refused(
                "column_of_field", table=pair.table, column=column.name, field=fields[column.name],
                model=model._meta.label,
            )  # fmt: skip


def _is_serial(field: Any) -> bool:
    return "AutoField" in field.get_internal_type()


def _equal(one: Operation, other: Operation) -> bool:
    def parts(operation: Operation) -> Any:
        name, args, kwargs = operation.deconstruct()
        plain = {k: v.deconstruct()[1:] if isinstance(v, Field) else v for k, v in kwargs.items()}
        return name, list(args), plain

    return type(one) is type(other) and parts(one) == parts(other)


def _collations(editor: BaseDatabaseSchemaEditor, pair: Pair) -> dict[str, str]:
    if editor.collect_sql:
        return {}
    with editor.connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.attname, n.nspname, c.collname FROM pg_attribute a
               JOIN pg_type t ON t.oid = a.atttypid JOIN pg_collation c ON c.oid = a.attcollation
               JOIN pg_namespace n ON n.oid = c.collnamespace
               WHERE a.attrelid = to_regclass(%s) AND a.attcollation <> t.typcollation
               AND a.attname = ANY(%s)""",
            [catalogue.quoted(pair.table), [column.name for column in pair.old]],
        )
        return {
            name: f" COLLATE {catalogue.quoted(f'{schema}.{collation}')}"
            for name, schema, collation in cursor.fetchall()
        }


def _sequences(editor: BaseDatabaseSchemaEditor, pair: Pair) -> list[list[str]]:
    if editor.collect_sql:
        return []
    with editor.connection.cursor() as cursor:
        cursor.execute(
            """SELECT d.objid::regclass::text FROM pg_depend d
               JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
               JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
               WHERE d.refobjid = to_regclass(%s) AND a.attname = %s AND d.deptype = 'a'""",
            [catalogue.quoted(pair.table), pair.old[0].name],
        )
        return [[name, pair.old[0].name, pair.new[0].name] for (name,) in cursor.fetchall()]
