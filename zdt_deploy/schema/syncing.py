"""What the trigger of a pair does, as PL/pgSQL. No I/O.

* INSERT: where all new columns are NULL they take the old ones; otherwise the new ones win.
* UPDATE: a new column that was changed wins; otherwise an old one that was changed is taken over.
* Where both sides agree already nothing is done, so that no value is converted twice and what a
  conversion loses stays on the side that has it.
* An unrelated UPDATE fills a side that is all NULL, unless that fails: the backfill reports the
  row then. It changes nothing else.

No `SET search_path` on the function: it would cost more than all the rest. All names are qualified.
"""

from __future__ import annotations

from collections.abc import Iterator

from zdt_deploy.schema import conversions
from zdt_deploy.schema.pairs import Column, Pair, empty, quoted


def new(name: str) -> str:
    return f"NEW.{quoted(name)}"


def old(name: str) -> str:
    return f"OLD.{quoted(name)}"


def triggers(pair: Pair) -> dict[str, tuple[str, str]]:
    """The triggers by name: their events, and when they wake (always if empty).

    One for all where `up` can't fail: it wakes where the columns differ. Otherwise comparing may
    fail too, and would make a write of something else fail; so an UPDATE looks at what changed.
    """
    if pair.total:
        return {pair.trigger: ("INSERT OR UPDATE", f"NOT ({pair.agrees_up(new)})")}
    changed = _changed((*pair.new, *pair.old))
    one_sided = f"({empty(pair.new, new)}) <> ({empty(pair.old, new)})"
    return {
        pair.trigger: ("INSERT", ""),
        f"{pair.trigger}_u": ("UPDATE", f"{changed} OR {one_sided}"),
    }


def body(pair: Pair, schema: str = "") -> str:
    """The body of the trigger's function; ``schema`` is where the marker of "stop" is."""
    lines = [
        *(["DECLARE", "  agreed boolean;"] if not pair.total or not _down_is_safe(pair) else []),
        "BEGIN",
        "  IF TG_OP = 'INSERT' THEN",
        f"    IF {empty(pair.new, new)} THEN",
        *_up(pair, 6),
        "    ELSE",
        *_unless_agreed_up(pair, schema, 6),
        "    END IF;",
        f"  ELSIF {_changed(pair.new)} THEN",
        *_unless_agreed_up(pair, schema, 4),
        f"  ELSIF {_changed(pair.old)} THEN",
        *_unless_agreed_down(pair, 4),
        f"  ELSIF {empty(pair.new, new)} THEN",
        *_if_possible(list(_up(pair, 6)), pair.total, 4),
        f"  ELSIF {empty(pair.old, new)} THEN",
        *_fill_back(pair, 4),
        "  END IF;",
        "  RETURN NEW;",
        "END",
    ]
    return "\n".join(["", *lines, ""])


def misfit(pair: Pair, column: Column) -> str:
    """The error's text for a value that the old ``column`` can't hold."""
    names = ", ".join(each.name for each in pair.new)
    return (
        f'zdt: the value of {names} does not fit into "{column.name}" ({column.type}) of '
        f'"{pair.table}", which is kept equal until the change is contracted'
    )


def _changed(columns: tuple[Column, ...]) -> str:
    return " OR ".join(
        f"NOT ({conversions.same(new(c.name), old(c.name), c.type)})" for c in columns
    )


def _down_is_safe(pair: Pair) -> bool:
    """Whether what `down` makes can be compared without an error."""
    return pair.same_types or all(
        pair.limit(column) is not None or pair.down[column.name].strip() in _bare(pair)
        for column in pair.old
    )


def _bare(pair: Pair) -> set[str]:
    return {f"{{{column.name}}}" for column in pair.new}


def _up(pair: Pair, indent: int) -> Iterator[str]:
    for column in pair.new:
        yield f"{' ' * indent}{new(column.name)} := {pair.upward(column, new)};"


def _down(pair: Pair, schema: str, indent: int) -> Iterator[str]:
    for column in pair.old:
        yield from (f"{' ' * indent}{line}" for line in _down_one(pair, column, schema))


def _down_one(pair: Pair, column: Column, schema: str) -> Iterator[str]:
    assign = f"{new(column.name)} := {pair.downward(column, new)};"
    limit = pair.limit(column, new)
    if limit is not None and pair.overflow == "raise":
        yield f"IF NOT ({limit.fits}) THEN"
        yield f"  {_raise(pair, column)}"
        yield "END IF;"
        yield assign
    elif limit is not None and pair.overflow == "stop":
        marker = f"{quoted(schema)}.{quoted(pair.marker)}" if schema else quoted(pair.marker)
        yield f"IF NOT ({limit.fits}) AND NOT EXISTS (SELECT 1 FROM {marker}) THEN"  # noqa: S608
        yield f"  INSERT INTO {marker} DEFAULT VALUES;"
        yield "END IF;"
        yield assign
    elif limit is not None or pair.same_types or _down_is_safe(pair):
        yield assign
    else:
        yield "BEGIN"
        yield f"  {assign}"
        yield "EXCEPTION WHEN data_exception THEN"
        yield f"  {_raise(pair, column, failed=True)}"
        yield "END;"


def _raise(pair: Pair, column: Column, *, failed: bool = False) -> str:
    """The error that names the change; after a conversion that ``failed``, with its reason."""
    code, detail = ("SQLSTATE", ", DETAIL = SQLERRM") if failed else ("'22003'", "")
    return (
        f"RAISE EXCEPTION USING ERRCODE = {code}, MESSAGE = {_literal(misfit(pair, column))}"
        f"{detail}, TABLE = TG_TABLE_NAME, COLUMN = {_literal(column.name)};"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _unless_agreed_up(pair: Pair, schema: str, indent: int) -> Iterator[str]:
    down = list(_down(pair, schema, indent + 2))
    yield from _unless(pair.agrees_up(new), pair.total, down, indent)


def _unless_agreed_down(pair: Pair, indent: int) -> Iterator[str]:
    up = list(_up(pair, indent + 2))
    if pair.same_types:
        yield from (line[2:] for line in up)
        return
    yield from _unless(pair.agrees_down(new), _down_is_safe(pair), up, indent)


def _unless(agreed: str, safe: bool, otherwise: list[str], indent: int) -> Iterator[str]:
    pad = " " * indent
    if safe:
        yield f"{pad}IF NOT ({agreed}) THEN"
    else:
        yield f"{pad}BEGIN"
        yield f"{pad}  agreed := {agreed};"
        yield f"{pad}EXCEPTION WHEN data_exception THEN"
        yield f"{pad}  agreed := false;"
        yield f"{pad}END;"
        yield f"{pad}IF NOT agreed THEN"
    yield from otherwise
    yield f"{pad}END IF;"


def _if_possible(lines: list[str], safe: bool, indent: int) -> Iterator[str]:
    """The ``lines``; where they fail, the row stays as it is."""
    pad = " " * indent
    if safe:
        yield from (line[2:] for line in lines)
        return
    yield f"{pad}BEGIN"
    yield from lines
    yield f"{pad}EXCEPTION WHEN data_exception THEN"
    yield f"{pad}  NULL;"
    yield f"{pad}END;"


def _fill_back(pair: Pair, indent: int) -> Iterator[str]:
    """Old columns that came back empty take what they can hold."""
    pad = " " * indent
    lines: list[str] = []
    for column in pair.old:
        limit = pair.limit(column, new)
        assign = f"{new(column.name)} := {pair.downward(column, new)};"
        if limit is not None and pair.overflow == "raise":
            assign = f"IF {limit.fits} THEN {assign} END IF;"
        lines.append(f"{pad}  {assign}")
    yield from _if_possible(lines, _down_is_safe(pair), indent)
