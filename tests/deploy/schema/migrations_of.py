"""Migrations for an app, written by a test."""

from __future__ import annotations

import importlib
import itertools
import sys
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

_FILE = """
from django.db import migrations, models
from zdt_deploy.schema import operations as zdt


class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = {dependencies}
    operations = [{operations}]
"""
_number = itertools.count()


class Migrations:
    """The migrations of ``app`` as files of a package: its own first ones, and what `add` writes.

    ``clean`` is SQL that undoes in the database what they did.
    """

    def __init__(self, folder: Path, settings, app: str = "shop") -> None:
        self.app = app
        self.package = f"migrations_of_a_test_{next(_number)}"
        self.folder = folder / self.package
        self.folder.mkdir()
        (self.folder / "__init__.py").touch()
        original = importlib.import_module(f"demo.{app}.migrations")
        for path in Path(original.__path__[0]).glob("0*.py"):
            (self.folder / path.name).write_text(path.read_text())
        self.last = sorted(path.stem for path in self.folder.glob("0*.py"))[-1]
        self.added: list[str] = []
        sys.path.insert(0, str(folder))
        settings.MIGRATION_MODULES = {app: self.package}

    def add(self, name: str, operations: str, *, atomic: bool = False, needs_zdt: bool = False):
        """Write ``operations`` (Python) as the next migration; returns its name."""
        dependencies = [(self.app, self.last)]
        if needs_zdt:
            dependencies.append(("zdt_deploy", "0001_initial"))
        name = f"{len(self.added) + 2:04}_{name}"
        self.folder.joinpath(f"{name}.py").write_text(
            _FILE.format(atomic=atomic, dependencies=dependencies, operations=operations)
        )
        self.last = name
        self.added.append(name)
        importlib.invalidate_caches()
        return name

    def write_again(self, name: str, old: str, new: str) -> None:
        path = self.folder / f"{name}.py"
        path.write_text(path.read_text().replace(old, new))
        sys.modules.pop(f"{self.package}.{name}", None)

    def drop(self, name: str) -> None:
        """Delete the newest, which was not applied."""
        self.folder.joinpath(f"{name}.py").unlink()
        sys.modules.pop(f"{self.package}.{name}", None)
        self.added.remove(name)
        self.last = sorted(path.stem for path in self.folder.glob("0*.py"))[-1]

    def forget(self) -> None:
        """Take away what was applied from the records, and the package from the path."""
        recorder = MigrationRecorder(connection)
        for name in self.added:
            recorder.record_unapplied(self.app, name)
        self.leave()

    def leave(self) -> None:
        """Take the package off the path."""
        sys.path.remove(str(self.folder.parent))
        for name in [name for name in sys.modules if name.startswith(self.package)]:
            del sys.modules[name]
