"""What zdt knows of PostgreSQL's types: which casts lose nothing, how far a type reaches, and how
its values are told apart. Types are as ``format_type`` writes them. No I/O.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REACH = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
_CHARACTERS = ("character varying", "character", "text", "citext", "name")
_TOLD_APART_BY_EQUALITY = {
    *_REACH, "boolean", "bytea", "uuid", "oid", "date", "timestamp without time zone",
    "timestamp with time zone", "time without time zone", "inet", "cidr", "bit", "bit varying",
    "int4range", "int8range", "daterange", "tsrange", "tstzrange",
}  # fmt: skip
"""Those of PostgreSQL of which equal values are the same to a reader."""
_TOLD_APART_BY_IMAGE = {
    "jsonb": "jsonb", "numrange": "numrange", "real": "float8", "double precision": "float8",
}  # fmt: skip
"""Those that can be told apart by their bytes, once a value is one of the type."""
_WIDER = {
    "smallint": {"integer", "bigint", "numeric"},
    "integer": {"bigint", "numeric", "double precision"},
    "bigint": {"numeric"},
    "real": {"double precision"},
    "date": {"timestamp without time zone"},
    "character": {"character varying", "text"},
    "character varying": {"text", "citext"},
    "text": {"citext"},
    "citext": {"text"},
}
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_MEASURED_BY = {
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric"), _NUMBERS),
    "character varying": _CHARACTERS,
    "date": ("timestamp without time zone",),
}
_MOD = re.compile(r"\s*\(\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\)")
_OTHER_NAMES = {
    "varchar": "character varying",
    "char": "character",
    "bpchar": "character",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "float8": "double precision",
    "float4": "real",
    "bool": "boolean",
}


@dataclass(frozen=True, slots=True)
class Type:
    """A type in its parts: ``numeric(12,2)`` is the base ``numeric`` with (12, 2)."""

    base: str
    mod: tuple[int, ...] = ()
    array: bool = False

    @property
    def characters(self) -> bool:
        return not self.array and self.base.rpartition(".")[2] in _CHARACTERS


def parse(name: str) -> Type:
    """The parts of a type's name."""
    text = name.strip().lower()
    base = " ".join(_MOD.sub("", text, count=1).removesuffix("[]").split())
    found = _MOD.search(text)
    mod = tuple(int(part) for part in found[1].split(",")) if found else ()
    return Type(_OTHER_NAMES.get(base, base), mod, text.endswith("[]"))


def same(one: str, other: str, type_: str) -> str:
    """SQL: no reader would see a difference between both values of the type, NULLs included.

    Case counts in citext and under any collation, '24:00' is not '1 day', 1.0 in jsonb is not 1.
    """
    parts = parse(type_)
    if image := _TOLD_APART_BY_IMAGE.get(parts.base):
        type_ = f"pg_catalog.{image}{'[]' if parts.array else ''}"
        # the operator *= would be read back as another one from what pg_dump writes
        left, right = (f"ROW(({sql})::{type_})" for sql in (one, other))
        return f"pg_catalog.record_image_eq({left}, {right})"
    return f"{comparable(one, type_)} IS NOT DISTINCT FROM {comparable(other, type_)}"


def comparable(sql: str, type_: str) -> str:
    """The value so that `IS DISTINCT FROM` sees each difference.

    Types that zdt does not know are compared as text: the operators of an extension are not found
    under an empty search_path.
    """
    parts = parse(type_)
    if parts.base in _TOLD_APART_BY_EQUALITY or (parts.base == "numeric" and parts.mod):
        return f"({sql})"
    return f'({sql})::pg_catalog.text COLLATE pg_catalog."C"'


def loses_nothing(old: str, new: str) -> bool:
    """Whether each value of the type ``old`` becomes one of ``new`` by assignment, unchanged and
    in the same way in every session."""
    one, other = parse(old), parse(new)
    if one == other:
        return True
    if one.array or other.array:
        return False
    if one.base == other.base:
        return _is_as_wide(one, other)
    if other.base not in _WIDER.get(one.base, ()):
        return False
    if other.base == "numeric" and other.mod:
        low, _high = _REACH[one.base]
        return other.mod[0] - (other.mod[1:] or (0,))[0] >= len(str(low)) - 1
    return not other.mod or one.mod == other.mod or _is_as_wide(one, other)


def _is_as_wide(one: Type, other: Type) -> bool:
    if not other.mod:
        return True
    if not one.mod:
        return False
    if other.base == "numeric":
        before, after = (*one.mod, 0)[:2], (*other.mod, 0)[:2]
        return after[1] >= before[1] and after[0] - after[1] >= before[0] - before[1]
    return other.base in ("character varying", "character") and other.mod[0] >= one.mod[0]


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a type reaches, as SQL over a value: whether it ``fits``, and what is ``nearest``."""

    fits: str
    nearest: str


def limit(sql: str, type_: str, source: str = "") -> Limit | None:
    """The limit of ``type_`` for the value ``sql`` of the type ``source`` (if it is known); None
    where zdt knows none."""
    parts = parse(type_)
    if parts.array or (source and parse(source).base not in _MEASURED_BY.get(parts.base, ())):
        return None
    if parts.base in _REACH:
        low, high = _REACH[parts.base]
        return Limit(
            f"({sql}) BETWEEN {low} AND {high} AND ({sql}) = pg_catalog.trunc(({sql})::numeric)",
            f"pg_catalog.round(LEAST(GREATEST(({sql})::numeric, {low}), {high}))",
        )
    if parts.base == "character varying" and parts.mod:
        length = parts.mod[0]
        return Limit(
            f"pg_catalog.char_length(({sql})::pg_catalog.text) <= {length}",
            f"pg_catalog.left(({sql})::pg_catalog.text, {length})",
        )
    if parts.base == "numeric" and parts.mod:
        precision, scale = (*parts.mod, 0)[:2]
        most = f"{'9' * (precision - scale) or '0'}" + (f".{'9' * scale}" if scale else "")
        return Limit(
            f"pg_catalog.abs(({sql})::numeric) <= {most}"
            f" AND ({sql})::numeric = pg_catalog.round(({sql})::numeric, {scale})",
            f"pg_catalog.round(LEAST(GREATEST(({sql})::numeric, -{most}), {most}), {scale})",
        )
    if parts.base == "date":
        return Limit(
            f"({sql}) = ({sql})::pg_catalog.date::pg_catalog.timestamp",
            f"({sql})::pg_catalog.date",
        )
    return None
