"""What zdt_migrate would do, and what is in its way now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import AmbiguityError

from zdt_core import gates
from zdt_core.exceptions import Refused
from zdt_deploy.schema import changes
from zdt_deploy.schema.gates import STEP
from zdt_deploy.schema.migrating import collisions
from zdt_deploy.schema.migrating.wish import Wish
from zdt_deploy.schema.writing import steps as files


@dataclass(frozen=True, slots=True)
class Step:
    """A migration of the plan; ``notes`` say what would keep it from being done, or owed."""

    name: str
    backwards: bool
    operations: list[str]
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        return {
            "migration": self.name,
            "backwards": self.backwards,
            "operations": self.operations,
            "notes": self.notes,
        }


def steps(wish: Wish) -> list[Step]:
    """The plan in its order. Raises CommandError for an app or a migration that isn't there."""
    plan = migrations(wish)
    collide = {} if wish.fake else dict(collisions.of_plan(wish.alias, plan))
    found = []
    for migration, backwards in plan:
        notes = [] if backwards else _notes(wish.alias, migration)
        if migration in collide:
            notes.append(str(collide[migration]))
        found.append(_step(migration, backwards, notes))
    return found


def migrations(wish: Wish) -> list[collisions.Planned]:
    """What Django would apply, in its order. Raises CommandError as `steps` does."""
    executor = MigrationExecutor(connections[wish.alias])
    executor.loader.check_consistent_history(connections[wish.alias])
    return list(executor.migration_plan(_targets(executor, wish)))


def _step(migration: Migration, backwards: bool, notes: list[str]) -> Step:
    return Step(
        f"{migration.app_label}.{migration.name}",
        backwards,
        [operation.describe() for operation in migration.operations],
        notes,
    )


def _notes(alias: str, migration: Migration) -> list[str]:
    notes = []
    for operation in migration.operations:
        found = files.of_operation(migration.app_label, operation)
        if found is None:
            continue
        if found.step == "switch":
            notes += _of_switch(alias, found.key)
        elif found.step == "contract":
            notes += _of_contract(alias, found.key)
    return notes


def _of_switch(alias: str, key: str) -> list[str]:
    try:
        if changes.find(connections[alias], key) is not None:
            changes.require_switch(connections[alias], key)
    except Refused as refusal:
        return [str(refusal)]
    return []


def _of_contract(alias: str, key: str) -> list[str]:
    change = changes.find(connections[alias], key)
    if change is None:
        return []
    return [str(finding) for finding in gates.ask(STEP, change).obstacles]


def _targets(executor: MigrationExecutor, wish: Wish) -> list[Any]:
    graph = executor.loader.graph
    if wish.app_label is None:
        return list(graph.leaf_nodes())
    if wish.app_label not in executor.loader.migrated_apps:
        raise CommandError(f"The app {wish.app_label!r} has no migrations.")
    if wish.migration_name is None:
        return list(graph.leaf_nodes(wish.app_label))
    if wish.migration_name == "zero":
        return [(wish.app_label, None)]
    try:
        found = executor.loader.get_migration_by_prefix(wish.app_label, wish.migration_name)
    except (AmbiguityError, KeyError):
        raise CommandError(
            f"No migration of {wish.app_label!r}, or more than one, begins with "
            f"{wish.migration_name!r}."
        ) from None
    return [(wish.app_label, found.name)]
