"""Old and new columns of one table that are kept equal, and the SQL that says what equal means.

A row is equal if its new columns are what `up` makes of the old ones, or its old columns what
`down` makes of the new ones. Both are needed where a conversion loses something: the rows that each
release writes are equal in one way only. No I/O.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zdt_core.exceptions import Refused
from zdt_deploy.schema import conversions

POLICIES = ("raise", "null", "clamp", "stop")
"""What becomes of the old column when new code writes what its type can't hold: an error, NULL, the
nearest value, or NULL with the way back given up for good."""

Render = Callable[[str], str]
"""How a column is written where the expression stands: ``email`` -> ``NEW."email"``."""

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def quoted(name: str) -> str:
    """The column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Column:
    """``type`` is as PostgreSQL's ``format_type`` writes it; ``null`` is what the model says."""

    name: str
    type: str
    null: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """The ``old`` and ``new`` columns of a table, and how each is made of the other.

    ``up`` and ``down`` hold an SQL expression for each new and each old column; ``{column}`` stands
    for a column of the other side, ``{{`` for a brace. Functions in them need their schema's name:
    replication runs the trigger with an empty search_path. Raises Refused where they make no sense.
    """

    table: str
    old: tuple[Column, ...]
    new: tuple[Column, ...]
    up: Mapping[str, str]
    down: Mapping[str, str]
    overflow: str = "raise"

    def __post_init__(self) -> None:
        _require_names(self.table, self.old, self.new)
        for columns, others, side, sqls in (
            (self.new, self.old, "up", self.up),
            (self.old, self.new, "down", self.down),
        ):
            for column in columns:
                if not str(sqls.get(column.name) or "").strip():
                    raise Refused(
                        "pair_conversion_missing", table=self.table, column=column.name, side=side
                    )
            _require_fields(self.table, sqls, columns, others, side)
        if self.overflow not in POLICIES:
            raise Refused(
                "pair_overflow_unknown", overflow=self.overflow, known=", ".join(POLICIES)
            )
        if self.overflow != "raise":
            self._require_limits()

    @property
    def digest(self) -> str:
        """Tells the pair from all others of the database."""
        names = [self.table, [c.name for c in self.old], [c.name for c in self.new]]
        return hashlib.sha256(json.dumps(names).encode()).hexdigest()[:12]

    @property
    def trigger(self) -> str:
        """Sorts behind the site's own triggers, so that it sees what they make of a row."""
        return f"zzz_zdt_sync_{self.digest}"

    @property
    def function(self) -> str:
        return f"zdt_sync_{self.digest}"

    @property
    def marker(self) -> str:
        """The table that holds a row once a value did not fit, under the policy "stop"."""
        return f"zdt_stopped_{self.digest}"

    @property
    def total(self) -> bool:
        """Whether `up` can't fail: each new column takes one old column as it is."""
        types = {f"{{{column.name}}}": column.type for column in self.old}
        return all(
            (sql := self.up[column.name].strip()) in types
            and conversions.loses_nothing(types[sql], column.type)
            for column in self.new
        )

    @property
    def same_types(self) -> bool:
        """Whether the columns are the same by another name, so that nothing is converted."""
        return (
            len(self.old) == len(self.new) == 1
            and conversions.parse(self.old[0].type) == conversions.parse(self.new[0].type)
            and self.up[self.new[0].name].strip() == f"{{{self.old[0].name}}}"
            and self.down[self.old[0].name].strip() == f"{{{self.new[0].name}}}"
        )

    def to_json(self) -> dict[str, Any]:
        """As it is stored in the ``spec`` of a change."""
        return {
            "table": self.table,
            "old": [[c.name, c.type, c.null] for c in self.old],
            "new": [[c.name, c.type, c.null] for c in self.new],
            "up": dict(self.up),
            "down": dict(self.down),
            "overflow": self.overflow,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Pair:
        return cls(
            table=stored["table"],
            old=tuple(Column(*column) for column in stored["old"]),
            new=tuple(Column(*column) for column in stored["new"]),
            up=dict(stored["up"]),
            down=dict(stored["down"]),
            overflow=stored.get("overflow", "raise"),
        )

    def upward(self, column: Column, render: Render = quoted) -> str:
        """What `up` makes of the old columns for a new ``column``."""
        return fill(self.up[column.name], render, self.old)

    def downward(self, column: Column, render: Render = quoted) -> str:
        """What `down` makes of the new columns for an old ``column``, under the policy."""
        sql = fill(self.down[column.name], render, self.new)
        limit = self.limit(column, render)
        if limit is None or self.overflow == "raise":
            return sql
        other = limit.nearest if self.overflow == "clamp" else "NULL"
        return (
            f"CASE WHEN ({sql}) IS NULL THEN NULL WHEN {limit.fits} THEN ({sql}) ELSE {other} END"
        )

    def limit(self, column: Column, render: Render = quoted) -> conversions.Limit | None:
        """How far the old ``column`` reaches; None where it holds all, or zdt does not know."""
        types = {f"{{{each.name}}}": each.type for each in self.new}
        given = types.get(sql := self.down[column.name].strip())
        if given is not None and conversions.loses_nothing(given, column.type):
            return None
        if given is None and self.overflow == "raise":
            return None
        return conversions.limit(fill(sql, render, self.new), column.type, given or "")

    def misfit(self) -> str:
        """SQL: the new columns hold what the old ones can't; "false" where that can't be."""
        limits = [self.limit(column) for column in self.old]
        return " OR ".join(f"NOT ({limit.fits})" for limit in limits if limit) or "false"

    def assignments(self, *, back: bool = False) -> dict[str, str]:
        """``{column: SQL over the other side}`` for each new column; ``back`` for each old one."""
        if back:
            return {column.name: self.downward(column) for column in self.old}
        return {column.name: self.upward(column) for column in self.new}

    def agrees_up(self, render: Render = quoted) -> str:
        """SQL: the new columns are what `up` makes of the old ones."""
        return " AND ".join(
            f"{conversions.same(render(c.name), self.upward(c, render), c.type)}" for c in self.new
        )

    def agrees_down(self, render: Render = quoted) -> str:
        """SQL: the old columns are what `down` makes of the new ones."""
        return " AND ".join(
            f"{conversions.same(render(c.name), self.downward(c, render), c.type)}"
            for c in self.old
        )

    def difference(self) -> str:
        """SQL: this row is not equal. One that is not filled yet never is, unless `up` says so."""
        if self.same_types:
            return f"NOT ({self.agrees_up()})"
        filled = f"NOT ({empty(self.new, quoted)})"
        return f"NOT (({self.agrees_up()}) OR ({filled} AND {self.agrees_down()}))"

    def roundtrip(self) -> str:
        """SQL: the old values would not come back, ``down(up(old)) IS DISTINCT FROM old``."""
        if self.same_types:
            return "false"
        upped = {column.name: f"({self.upward(column)})" for column in self.new}
        return " OR ".join(
            f"NOT ({conversions.same(quoted(c.name), self.downward(c, upped.__getitem__), c.type)})"
            for c in self.old
        )

    def nulls(self) -> str:
        """SQL: a new column is NULL of which the model says that it never is."""
        strict = [quoted(column.name) for column in self.new if not column.null]
        return " OR ".join(f"{name} IS NULL" for name in strict) or "false"

    def _require_limits(self) -> None:
        for column in self.old:
            if conversions.limit("x", column.type) is None:
                raise Refused(
                    "pair_no_limit", table=self.table, column=column.name, type=column.type,
                    overflow=self.overflow,
                )  # fmt: skip
            if self.overflow == "null" and not column.null:
                raise Refused("pair_not_null", table=self.table, column=column.name)


def renaming(table: str, old: Column, new: str) -> Pair:
    """The pair of a column and the same one by another name."""
    return Pair(
        table=table,
        old=(old,),
        new=(Column(new, old.type, old.null),),
        up={new: f"{{{old.name}}}"},
        down={old.name: f"{{{new}}}"},
    )


def fill(template: str, render: Render, columns: tuple[Column, ...]) -> str:
    """The expression with the fields of ``columns`` rendered; other braces stay."""
    names = {column.name for column in columns}

    def one(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        return render(found[1]) if found[1] in names else found[0]

    return _FIELD.sub(one, template)


def empty(columns: tuple[Column, ...], render: Render) -> str:
    """SQL: all of the ``columns`` are NULL."""
    return " AND ".join(f"{render(column.name)} IS NULL" for column in columns)


def _require_names(table: str, old: tuple[Column, ...], new: tuple[Column, ...]) -> None:
    names = [column.name for column in (*old, *new)]
    if not old or not new or len(set(names)) < len(names):
        raise Refused("pair_columns", table=table, columns=", ".join(names) or "-")


def _require_fields(
    table: str,
    sqls: Mapping[str, str],
    columns: tuple[Column, ...],
    others: tuple[Column, ...],
    side: str,
) -> None:
    known, right = {column.name for column in columns}, {column.name for column in others}
    for name, sql in sqls.items():
        if name not in known:
            raise Refused("pair_column_unknown", table=table, column=name, side=side)
        fields = {found[1] for found in _FIELD.finditer(sql) if (found[1] or "").isidentifier()}
        for field in fields - right:
            raise Refused(
                "pair_field_unknown", table=table, column=name, side=side, field=field,
                known=", ".join(sorted(right)),
            )  # fmt: skip
