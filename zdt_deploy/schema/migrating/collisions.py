"""Operations of planned migrations that collide with an open change: found before they begin.

A trigger or a view of an open change serves two releases at once, and knows columns and tables by
their names. Django's own operations would change these under it. A new column that may be NULL
would let new code write what the old one, which is NOT NULL, refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db import DatabaseError, connections
from django.db.migrations import (
    AlterField,
    AlterModelTable,
    DeleteModel,
    Migration,
    RemoveField,
    RenameField,
    RenameModel,
    SeparateDatabaseAndState,
)
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from zdt_core import gates
from zdt_core.exceptions import Refused
from zdt_deploy.schema import changes, pairing
from zdt_deploy.schema.gates import STEP, is_fresh
from zdt_deploy.schema.migrating import reach
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.operations.nulls import DropNotNull
from zdt_deploy.schema.operations.steps import Step
from zdt_deploy.schema.phases import OPEN, Phase
from zdt_deploy.schema.writing import steps as files

Planned = tuple[Migration, bool]
"""A migration, and whether it is taken back."""

_OF_TABLES = (RenameModel, DeleteModel, AlterModelTable)
_OF_FIELDS = (RenameField, AlterField, RemoveField)


def open_changes(alias: str) -> list[SchemaChange]:
    """The changes of ``alias`` that hold both shapes for somebody."""
    if not changes.tables_exist():
        return []
    rows = SchemaChange.objects.filter(alias=alias, phase__in=sorted(OPEN)).order_by("pk")
    return [change for change in rows if not is_fresh(change)]


def of_plan(alias: str, plan: Iterable[Planned]) -> Iterator[tuple[Migration, Refused]]:
    """What the migrations collide with.

    A change that the plan itself ends on the way is left to `of_migration`, once it comes to that.
    """
    held = open_changes(alias)
    loader = MigrationLoader(connections[alias]) if held else None
    for migration, backwards in plan:
        if not held or loader is None:
            return
        if (found := _collision(alias, loader, migration, backwards, held)) is not None:
            yield migration, found
        ended = _ended_by(migration, backwards)
        held = [change for change in held if change.key not in ended]


def of_migration(alias: str, migration: Migration, *, backwards: bool) -> Refused | None:
    """What the migration would collide with now; None if nothing."""
    if not any(map(_may_collide, migration.operations)) or not (held := open_changes(alias)):
        return None
    return _collision(alias, MigrationLoader(connections[alias]), migration, backwards, held)


def way_out(change: SchemaChange, loader: MigrationLoader) -> Refused:
    """What to do so that the change comes to its end."""
    if change.phase == Phase.SWITCHED:
        return Refused("change_owed" if change.owed_at else "change_switched", key=change.key)
    return Refused(
        "change_unswitched", key=change.key, app=change.app_label,
        before=_before_expand(change, loader),
    )  # fmt: skip


def _collision(
    alias: str,
    loader: MigrationLoader,
    migration: Migration,
    backwards: bool,
    held: Sequence[SchemaChange],
) -> Refused | None:
    app_label = migration.app_label
    state = loader.project_state((app_label, migration.name), at_end=False)
    for operation, before, after in _for_the_database(app_label, migration.operations, state):
        held = [change for change in held if not _is_ended(change, app_label, operation)]
        for change in held:
            code, what = _disturbed(change, app_label, operation, before, after)
            if what and _writes(alias, app_label, operation, before, after, backwards):
                way = way_out(change, loader)
                return Refused(
                    code, migration=f"{app_label}.{migration.name}",
                    operation=operation.describe(), key=change.key, phase=change.phase, what=what,
                    cause=way.code, cause_params=way.params,
                )  # fmt: skip
    return None


def _for_the_database(
    app_label: str, operations: Sequence[Operation], state: ProjectState
) -> Iterator[tuple[Operation, ProjectState, ProjectState]]:
    """Each operation that the database sees, with the states before and after it."""
    for operation in operations:
        before, state = state, state.clone()
        operation.state_forwards(app_label, state)
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _for_the_database(app_label, operation.database_operations, before)
        else:
            yield operation, before, state


def _disturbed(
    change: SchemaChange,
    app_label: str,
    operation: Operation,
    before: ProjectState,
    after: ProjectState,
) -> tuple[str, str]:
    """The columns or tables of the change that the operation is about, and the refusal that says
    so; empty for none."""
    tables = reach.tables(change.alias, app_label, operation, before, after)
    if views := tables & reach.views(change):
        return "migrate_view", "" if isinstance(operation, Step) else _listed(views)
    named: Iterable[str] = ()
    if shared := tables & reach.all_tables(change):
        if isinstance(operation, _OF_TABLES):
            named = shared
        elif isinstance(operation, _OF_FIELDS):
            columns, held = (
                reach.columns(app_label, operation, before, after),
                pairing.columns_of(change.spec),
            )
            columns = columns if held is None else columns & held
            named = (f"{change.table}.{name}" for name in columns)
        elif isinstance(operation, DropNotNull) and (pair := pairing.pair_of(change)):
            columns = reach.columns(app_label, operation, before, after)
            named = (f"{change.table}.{c.name}" for c in pair.new if c.name in columns)
    return "migrate_open_change", _listed(named)


def _writes(
    alias: str,
    app_label: str,
    operation: Operation,
    before: ProjectState,
    after: ProjectState,
    backwards: bool,
) -> bool:
    """Whether the operation has SQL for this database; one that can't be written counts."""
    if not operation.reduces_to_sql:
        return True
    try:
        with connections[alias].schema_editor(collect_sql=True, atomic=False) as editor:
            if backwards:
                operation.database_backwards(app_label, editor, after, before)
            else:
                operation.database_forwards(app_label, editor, before, after)
        return bool(editor.collected_sql)
    except (DatabaseError, ValueError, Refused):
        return True


def _may_collide(operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return any(map(_may_collide, operation.database_operations))
    return bool(reach.model_names(operation)) and not isinstance(operation, Step)


def _ended_by(migration: Migration, backwards: bool) -> set[str]:
    """The keys of the changes that the migration is to end."""
    last = files.EXPAND if backwards else files.CONTRACT
    steps = (files.of_operation(migration.app_label, each) for each in migration.operations)
    return {step.key for step in steps if step is not None and step.step == last}


def _is_ended(change: SchemaChange, app_label: str, operation: Operation) -> bool:
    """Whether the operation is the change's contract, and its gate is open."""
    step = files.of_operation(app_label, operation)
    if step is None or (step.key, step.step) != (change.key, files.CONTRACT):
        return False
    return not gates.ask(STEP, change).obstacles


def _before_expand(change: SchemaChange, loader: MigrationLoader) -> str:
    """The name of the migration to go back to, so that the change is abandoned."""
    for step in files.of_files(loader).get(change.key, ()):
        if step.step == files.EXPAND:
            node = loader.graph.node_map[step.app_label, step.migration]
            return next((name for app, name in node.parents if app == step.app_label), "zero")
    return "…"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
