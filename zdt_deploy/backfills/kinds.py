"""Kinds of work: what is done to the rows of a batch.

A kind is a name and a factory, which makes the work from the backfill's ``spec``::

    kinds.register("compare", Compare)

`Work.do` runs in the batch's open transaction. A batch may be done twice, so that doing it again
has to leave the rows as they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import import_string

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import quarters
from zdt_deploy.backfills.keys import Key, Values
from zdt_deploy.backfills.models import Backfill


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of ``table`` (quoted SQL) with ``low`` < key <= ``high``; None is open.

    Percent signs in names are doubled, for statements with parameters. ``rows`` is how many there
    were when the batch was measured. With a ``quarter`` only about a quarter of the rows is meant,
    scattered over all pages: see `zdt_deploy.backfills.quarters`.
    """

    connection: BaseDatabaseWrapper
    table: str
    key: Key
    low: Values | None
    high: Values | None
    rows: int = 0
    quarter: int = 0

    def where(self, prefix: str = "") -> tuple[str, list[Any]]:
        """The condition as SQL with its parameters; ``prefix`` is the table's quoted alias."""
        sql, params = self.key.between(self.low, self.high, prefix)
        if self.quarter:
            sql = f"{sql} AND {quarters.condition(self.quarter, prefix)}"
        return sql, params


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch: rows seen, rows changed, and (key, error) of the rows that failed.

    ``rows`` None stands for all rows of the batch.
    """

    rows: int | None = None
    changed: int = 0
    failed: Sequence[tuple[Values, str]] = field(default_factory=tuple)


def together(parts: Sequence[Done]) -> Done:
    """What became of a batch that was done in ``parts``."""
    if len(parts) == 1:
        return parts[0]
    counted = [part.rows for part in parts if part.rows is not None]
    return Done(
        sum(counted) if len(counted) == len(parts) else None,
        sum(part.changed for part in parts),
        [row for part in parts for row in part.failed],
    )


class Work(ABC):
    """What one backfill does, made anew for each slice of a lane."""

    first_rows = 500
    """Rows of the very first batch; later ones follow the time that they take."""
    changes_rows = True
    """False for work that only reads: the table then needs no VACUUM."""
    takes_quarters = False
    """True for work that does a `Batch.quarter`, and for which it is right that the whole batch is
    done after that, even where that is never to come."""

    takes_parts = False
    """True for work that does as well, and no dearer, in several calls in a row, each for some of
    a batch's rows: with one statement each, others get the CPU in between."""

    def check(self, connection: BaseDatabaseWrapper, table: str) -> None:  # noqa: B027
        """Raise Refused where this work can't be done on ``table`` (quoted SQL)."""

    def check_key(self, key: Key) -> None:  # noqa: B027
        """Raise Refused where it can't go through a table by ``key``."""

    def begin(self, connection: BaseDatabaseWrapper, table: str) -> None:  # noqa: B027
        """A slice of a lane begins; read here what every batch needs."""

    @abstractmethod
    def do(self, batch: Batch) -> Done:
        """Do the batch in the open transaction of ``batch.connection``."""

    def check_retry(self, backfill: Backfill) -> None:  # noqa: B027
        """Raise Refused where doing what is left of a backfill that has ended would be wrong by
        now; the fact ``again`` is what to type instead."""

    def ended(self, backfill: Backfill) -> None:  # noqa: B027
        """The backfill has ended; called inside the transaction that ends it."""


Factory = Callable[[dict[str, Any]], Work]
UNKNOWN = ("backfill_kind_unknown", "backfill_function_unknown", "backfill_declared_twice")
"""Refusals of a release that is too old or too new for the work, or can't tell which is meant."""
_BUILT_IN = {
    "assign": "zdt_deploy.backfills.assign.Assign",
    "function": "zdt_deploy.backfills.functions.Function",
}
_factories: dict[str, Factory] = {}


def register(name: str, factory: Factory) -> None:
    """Make ``name`` a kind of work. The factory raises Refused for a spec that makes no sense."""
    _factories[name] = factory


def make(name: str, spec: dict[str, Any]) -> Work:
    """The work. Raises Refused for an unknown kind, and for a spec that makes no sense."""
    if name in _factories:
        return _factories[name](spec)
    if name in _BUILT_IN:
        work: Work = import_string(_BUILT_IN[name])(spec)
        return work
    known = ", ".join(sorted({*_factories, *_BUILT_IN}))
    raise Refused("backfill_kind_unknown", kind=name, known=known)


def find(name: str, spec: dict[str, Any]) -> Work | None:
    """The work, or None where this release does not know it."""
    try:
        return make(name, spec)
    except Refused as refusal:
        if refusal.code in UNKNOWN:
            return None
        raise
