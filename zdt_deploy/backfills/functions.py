"""The kind "function": a function of the project's own, called with the queryset of a batch."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Func, Model, QuerySet
from django.db.models.expressions import RawSQL

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import declarations
from zdt_deploy.backfills.keys import Column, Values, texts
from zdt_deploy.backfills.kinds import Batch, Done, Work


class Compared(Func):
    """``(a, b) > (x, y)`` over the fields of a key, which moves along into subqueries."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, operator: str, *expressions: Any, **extra: Any) -> None:
        super().__init__(*expressions, **extra)
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:  # type: ignore[override]
        compiled = [compiler.compile(each) for each in self.source_expressions]
        half = len(compiled) // 2
        left, right = (
            ", ".join(sql for sql, _params in side) for side in (compiled[:half], compiled[half:])
        )
        params = [value for _sql, values in compiled for value in values]
        return f"({left}) {self.operator} ({right})", params


class Function(Work):
    """``{"function": name}``: see `declarations.backfill`."""

    first_rows = 50

    def __init__(self, spec: dict[str, Any]) -> None:
        self.declared = declarations.get(str(spec.get("function", "")))
        if self.declared.function is None:
            raise Refused("backfill_function_unknown", name=self.declared.name)

    def check(self, connection: BaseDatabaseWrapper, table: str) -> None:
        self.declared.rows()

    def do(self, batch: Batch) -> Done:
        assert self.declared.function is not None
        if not batch.rows:
            return Done(0)
        rows = self.declared.rows().using(batch.connection.alias)
        returned = self.declared.function(_within(rows, batch))
        return _done(returned, batch.rows, self.declared.name)


def _done(returned: Any, rows: int, name: str) -> Done:
    """What a function says that it did: how many rows it changed, or nothing, for all; what
    ``delete()`` returns will do, too."""
    match returned:
        case Done():
            return returned
        case bool() | None:
            return Done(changed=rows)
        case int() | (int(), dict()):
            return Done(changed=returned if isinstance(returned, int) else returned[0])
    raise TypeError(
        f"The backfill {name} returned {returned!r:.80}; it is to return how many rows it changed."
    )


def _within(rows: QuerySet[Any], batch: Batch) -> QuerySet[Any]:
    columns = batch.key.columns
    if batch.low is not None:
        rows = rows.filter(_compared(rows.model, ">", columns, batch.low))
    if batch.high is not None:
        rows = rows.filter(_compared(rows.model, "<=", columns, batch.high))
    return rows


def _compared(
    model: type[Model], operator: str, columns: tuple[Column, ...], values: Values
) -> Expression:
    fields = [F(_field(model, column.name)) for column in columns]
    places = [
        RawSQL(column.place, [value])  # noqa: S611  (the type is from the catalogue)
        for column, value in zip(columns, texts(values), strict=True)
    ]
    return Compared(operator, *fields, *places)


def _field(model: type[Model], column: str) -> str:
    for field in model._meta.concrete_fields:
        if field.column == column:
            return field.name
    raise Refused("backfill_key_not_in_model", model=model._meta.label, column=column) from (
        FieldDoesNotExist(column)
    )
