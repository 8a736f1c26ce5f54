"""Which steps of which changes the migration files hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.migrations.loader import MigrationLoader

EXPAND, SWITCH, CONTRACT = "expand", "switch", "contract"


@dataclass(frozen=True, slots=True)
class Found:
    """A step of the change ``key`` in a migration; ``migration`` is its name."""

    key: str
    step: str
    app_label: str
    migration: str
    operation: Any


def of_operation(app_label: str, operation: Any, migration: str = "") -> Found | None:
    """The step that an operation is; None for one that is no part of a change."""
    step, key_of = getattr(operation, "step", None), getattr(operation, "change_key", None)
    if not isinstance(step, str) or key_of is None:
        return None
    return Found(key_of(app_label), step, app_label, migration, operation)


def of_files(loader: MigrationLoader) -> dict[str, list[Found]]:
    """The steps of each change that are written, first to last."""
    found: dict[str, list[Found]] = {}
    for leaf in loader.graph.leaf_nodes():
        for app_label, name in loader.graph.forwards_plan(leaf):
            for operation in loader.graph.nodes[app_label, name].operations:
                step = of_operation(app_label, operation, name)
                if step is not None and step not in found.setdefault(step.key, []):
                    found[step.key].append(step)
    return found


def unfinished(loader: MigrationLoader) -> dict[str, Found]:
    """The last step that is written of each change that has more to come."""
    last = {key: steps[-1] for key, steps in of_files(loader).items() if steps}
    return {key: step for key, step in last.items() if step.step != CONTRACT}
