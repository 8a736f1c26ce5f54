"""The one database alias that holds zdt's tables, always named and never a replica.

Durations are measured by the database's clock: use `Now()` from here in queries and defaults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Manager, Model, QuerySet
from django.db.models.functions import Now
from psycopg import errors

from zdt_core.conf import conf
from zdt_core.exceptions import ConfigurationError

__all__ = [
    "Now", "ZdtModel", "alias", "atomic", "connection", "lacks_tables", "may_be_asked",
    "on_commit", "short_session",
]  # fmt: skip
_OURS = re.compile(r"\bzdt_(core|deploy|flags|audit)_")


def alias() -> str:
    """The alias of zdt's tables (ZDT_DATABASE)."""
    return conf.DATABASE


def connection() -> BaseDatabaseWrapper:
    """This thread's connection to zdt's tables."""
    return connections[alias()]


def may_be_asked(databases: Sequence[str] | None) -> bool:
    """Whether a system check that was given ``databases`` may ask zdt's: it is one of them, it is
    PostgreSQL, and it answers. zdt_core.E005, E001 and E020 tell where it is not so."""
    try:
        if alias() not in (databases or ()) or connection().vendor != "postgresql":
            return False
        connection().ensure_connection()
    except (DatabaseError, ConfigurationError):
        return False
    return True


def lacks_tables(error: BaseException) -> bool:
    """Whether a statement failed for a table or column of zdt's that is not there yet; those of
    the site are another matter."""
    cause = error.__cause__
    missing = isinstance(cause, (errors.UndefinedTable, errors.UndefinedColumn))
    return missing and _OURS.search(str(cause)) is not None


def atomic(*, durable: bool = False) -> Any:
    """A transaction on zdt's tables (context manager or decorator call)."""
    return transaction.atomic(using=alias(), durable=durable)


def on_commit(work: Callable[[], object]) -> None:
    """Run ``work`` once the transaction on zdt's tables has committed; at once outside of one."""
    transaction.on_commit(work, using=alias())


@contextmanager
def short_session() -> Iterator[BaseDatabaseWrapper]:
    """A connection that is given back at the end; for background threads between two beats."""
    wrapper = connection()
    try:
        yield wrapper
    finally:
        if not wrapper.in_atomic_block:
            wrapper.close()


class ZdtManager(Manager["ZdtModel"]):
    """Reads and writes on ZDT_DATABASE, whatever the site's routers say."""

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().using(alias())


class ZdtModel(Model):
    """Base of every zdt table: its manager names the alias."""

    objects: Any = ZdtManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("using", alias())
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        kwargs.setdefault("using", alias())
        return super().delete(*args, **kwargs)
