"""Backfills that a project declares in the ``backfills`` modules of its apps, to run by name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, TypeVar

from django.apps import apps
from django.db import Error as DatabaseError
from django.db import router
from django.db.models import Manager, Model, QuerySet

from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.backfills import faults, kinds, operations, pacing
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.pacing import changed, parse

F = TypeVar("F", bound=Callable[..., Any])
RAISED = "backfill_queryset_raises"
_declared: dict[str, Declaration] = {}
_discovered = False


@dataclass(frozen=True, slots=True)
class Declaration:
    """A backfill by name: a ``function`` over a ``queryset``, or SQL.

    ``module`` declares it, and ``rival`` is another one that declares the same name.
    """

    name: str
    kind: str
    spec: dict[str, Any]
    about: str = ""
    function: Callable[..., Any] | None = None
    queryset: Any = None
    sql_table: str = ""
    given_alias: str | None = None
    pacing: Any = None
    lanes: int = 1
    on_error: str = "fail"
    only_existing: bool = False
    module: str = ""
    rival: str = ""

    @property
    def table(self) -> str:
        """The table's name. Raises Refused where the queryset cannot be made."""
        return self.sql_table if self.queryset is None else self.rows().model._meta.db_table

    @property
    def alias(self) -> str:
        """The database alias that it works on."""
        if self.given_alias is not None or self.queryset is None:
            return self.given_alias or "default"
        return router.db_for_write(self.rows().model)

    def rows(self) -> QuerySet[Any]:
        """Every row of it. Raises Refused where there is no making them."""
        try:
            rows = _made(self.queryset)
        except DatabaseError:
            raise
        except Exception as error:
            raise Refused(RAISED, error=faults.text(error)) from error
        if not isinstance(rows, QuerySet):
            raise Refused("backfill_queryset", value=f"{rows!r:.80}")
        if rows.query.is_sliced or rows.query.combinator:
            raise Refused("backfill_queryset_cut")
        return rows

    def paced(self, given: pacing.Pacing | Mapping[str, Any] | str | None = None) -> pacing.Pacing:
        """Its pacing, with what is ``given`` in place of what it declares. Raises Refused."""
        declared = parse(self.pacing)
        return declared if given is None else changed(declared, given)

    def require_alone(self) -> None:
        """Raise Refused where it can't be told which of two is meant."""
        if self.rival:
            raise Refused(
                "backfill_declared_twice", name=self.name, one=self.rival, other=self.module
            )

    def check(self) -> None:
        """Raise Refused where the declaration makes no sense; no table is looked at."""
        self.require_alone()
        operations.check_asked(self.name, self.lanes, self.on_error)
        parse(self.pacing)
        kinds.make(self.kind, self.spec)
        _ = self.table, self.alias


def backfill(
    name: str,
    *,
    queryset: Callable[[], QuerySet[Any]] | type[Model],
    alias: str | None = None,
    pacing: pacing.Pacing | Mapping[str, Any] | str | None = None,
    lanes: int = 1,
    on_error: str = "fail",
    only_existing: bool = False,
) -> Callable[[F], F]:
    """Declare the decorated function as the backfill ``name``.

    ``queryset`` makes the rows, from a model with the table's key; a model stands for all of its
    rows. The function gets the part of
    it that is the batch's, in a transaction, and returns how many rows it changed, or nothing. A
    batch may come twice: make the function leave rows alone that are done.
    """
    module = _caller()

    def declare(function: F) -> F:
        _add(
            Declaration(
                name, "function", {"function": name}, (function.__doc__ or "").strip(), function,
                queryset, given_alias=alias, pacing=pacing, lanes=lanes, on_error=on_error,
                only_existing=only_existing, module=module,
            )
        )  # fmt: skip
        return function

    return declare


def sql(
    name: str,
    *,
    table: str,
    set: Mapping[str, str],
    where: str = "",
    alias: str = "default",
    about: str = "",
    pacing: pacing.Pacing | Mapping[str, Any] | str | None = None,
    lanes: int = 1,
    on_error: str = "fail",
    only_existing: bool = False,
) -> Declaration:
    """Declare the backfill ``name``: columns of ``table`` get SQL expressions."""
    spec = {"set": dict(set), **({"where": where} if where else {})}
    return _add(
        Declaration(
            name, "assign", spec, about, sql_table=table, given_alias=alias, pacing=pacing,
            lanes=lanes, on_error=on_error, only_existing=only_existing, module=_caller(),
        )
    )  # fmt: skip


def declared() -> dict[str, Declaration]:
    """Every declared backfill by its name."""
    discover()
    return {name: _declared[name] for name in sorted(_declared)}


def get(name: str) -> Declaration:
    """The backfill declared as ``name``. Raises Refused where this release has none, or two."""
    discover()
    if name not in _declared:
        raise Refused("backfill_function_unknown", name=name)
    _declared[name].require_alone()
    return _declared[name]


def start_declared(
    name: str,
    *,
    actor: Actor,
    reason: str = "",
    alias: str | None = None,
    pacing: pacing.Pacing | Mapping[str, Any] | str | None = None,
    lanes: int | None = None,
    on_error: str | None = None,
) -> Backfill:
    """Start the backfill declared as ``name``; what is given here wins over its declaration.

    Of the pacing, a mode or a mapping of fields keeps what it does not name.
    """
    found = get(name)
    return operations.start(
        name,
        kind=found.kind,
        table=found.table,
        spec=found.spec,
        alias=alias or found.alias,
        pacing=found.paced(pacing),
        lanes=found.lanes if lanes is None else lanes,
        on_error=found.on_error if on_error is None else on_error,
        only_existing=found.only_existing,
        actor=actor,
        reason=reason,
    )


def discover() -> None:
    """Import the ``backfills`` module of every installed app, once."""
    global _discovered
    if _discovered:
        return
    apps.check_apps_ready()
    for app in apps.get_app_configs():
        name = f"{app.name}.backfills"
        if app.name != "zdt_deploy" and find_spec(name):
            importlib.import_module(name)
    _discovered = True


def _add(declaration: Declaration) -> Declaration:
    """A module may declare its own anew; where another one has the name, neither is meant."""
    before = _declared.get(declaration.name)
    if before is not None:
        is_other = before.module != declaration.module
        declaration = replace(declaration, rival=before.module if is_other else before.rival)
    _declared[declaration.name] = declaration
    return declaration


def _caller() -> str:
    """The module that calls the function that asks."""
    return str(sys._getframe(2).f_globals.get("__name__", ""))


def _made(given: Any) -> Any:
    if isinstance(given, type) and issubclass(given, Model):
        return given._default_manager.all()
    made = given() if callable(given) and not isinstance(given, Manager) else given
    return made.all() if isinstance(made, Manager | QuerySet) else made
