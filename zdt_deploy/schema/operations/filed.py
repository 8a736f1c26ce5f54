"""Where an operation stands among the migrations on disk."""

from __future__ import annotations

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from zdt_deploy.schema.operations.steps import Step


def state_on_disk(step: Step, app_label: str) -> ProjectState | None:
    """The models as the migrations before ``step`` leave them; None where no file has it."""
    loader = MigrationLoader(None, ignore_no_migrations=True, replace_migrations=False)
    for key, migration in loader.disk_migrations.items():
        if key[0] != app_label:
            continue
        for number, operation in enumerate(migration.operations):
            if type(operation) is type(step) and step.same_change(operation):
                state: ProjectState = loader.project_state(key, at_end=False)
                for earlier in migration.operations[:number]:
                    earlier.state_forwards(app_label, state)
                return state
    return None
