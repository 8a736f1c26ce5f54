"""The migrations of an app that grows release by release, applied to real tables."""

from __future__ import annotations

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

APP = "shelf"


class History:
    """Each call of `apply` is a migration; `undo` takes the newest back."""

    def __init__(self, *operations, using=connection):
        self.using = using
        self.done = []
        self.state = ProjectState()
        if operations:
            self.apply(*operations)

    def apply(self, *operations, atomic=False):
        """Apply the operations, as written to a file and read again, as a migration."""
        migration = self._migration(operations, atomic)
        before = self.state.clone()
        with self.using.schema_editor(atomic=atomic) as editor:
            after = migration.apply(before.clone(), editor)
        self.done.append((migration, before))
        self.state = after
        return self

    def undo(self):
        migration, before = self.done[-1]
        with self.using.schema_editor(atomic=migration.atomic) as editor:
            migration.unapply(before.clone(), editor)
        self.done.pop()
        self.state = before
        return self

    def sql(self, *operations):
        """What sqlmigrate prints, without comments."""
        migration = self._migration(operations, atomic=False)
        with self.using.schema_editor(collect_sql=True, atomic=False) as editor:
            migration.apply(self.state.clone(), editor, collect_sql=True)
        return [line for line in editor.collected_sql if not line.startswith("--")]

    def plan(self, *operations):
        return [operation.describe() for operation in operations]

    def is_clean(self, *models):
        """Whether makemigrations finds nothing to do for ``models`` (CreateModel operations)."""
        wanted = ProjectState()
        for model in models:
            model.state_forwards(APP, wanted)
        questioner = NonInteractiveMigrationQuestioner(specified_apps=[APP])
        found = MigrationAutodetector(self.state, wanted, questioner)._detect_changes()
        return [op.describe() for m in found.get(APP, []) for op in m.operations] == []

    def squashed(self):
        """What is left of all operations so far."""
        operations = [op for migration, _ in self.done for op in migration.operations]
        return MigrationOptimizer().optimize(operations, APP)

    def model(self, name):
        return self.state.apps.get_model(APP, name)

    def _migration(self, operations, atomic):
        migration = Migration(f"{len(self.done) + 1:04}", APP)
        migration.operations, migration.atomic = list(operations), atomic
        return migration


def written(operation):
    """The operation after it was written to a migration file and read from there."""
    migration = Migration("0001", APP)
    migration.operations = [operation]
    found = {}
    exec(MigrationWriter(migration).as_string(), found)
    return found["Migration"].operations[0]
