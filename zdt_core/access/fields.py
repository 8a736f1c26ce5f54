"""The fields of a JSON body as a table: what checks a request is what documents it. No I/O.

A field's ``schema`` is JSON Schema (2020-12), written into the OpenAPI document; `read` holds a
body against the few keywords that it uses.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zdt_core.exceptions import Refused

LONGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Field:
    """``meaning`` is a sentence; ``kinds`` are the JSON types that are taken."""

    name: str
    meaning: str
    kinds: tuple[str, ...] = ("string",)
    required: bool = False
    default: Any = None
    longest: int = 200
    choices: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        limits: dict[str, Any] = {}
        if "string" in self.kinds:
            limits["maxLength"] = self.longest
            if self.required:
                limits["minLength"] = 1
        if "integer" in self.kinds:
            limits |= {"minimum": 1, "maximum": LONGEST_NUMBER}
        if self.choices:
            limits["enum"] = list(self.choices)
        if self.default is not None:
            limits["default"] = self.default
        kind = self.kinds[0] if len(self.kinds) == 1 else list(self.kinds)
        return {"type": kind, "description": self.meaning, **limits}


_TYPES: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "object": dict}
_WORDS = {
    "string": "a text of {at_least}at most {longest} characters, without control characters",
    "boolean": "true or false",
    "integer": "a whole number from 1 up",
    "object": "an object",
}


def read(fields: tuple[Field, ...], body: Mapping[str, Any]) -> dict[str, Any]:
    """Every field with its value or default. Raises Refused, whose params name the ``field``."""
    known = {field.name: field for field in fields}
    for name in body:
        if name not in known:
            raise unknown(name, known)
    return {field.name: _value(field, body.get(field.name)) for field in fields}


def unknown(name: str, known: Mapping[str, Any]) -> Refused:
    """The refusal of a field that there is not, with the nearest that there is."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return Refused("field_unknown", field=name[:80], nearest=near[0])
    return Refused("field_unheard_of", field=name[:80], known=", ".join(known) or "none")


def _value(field: Field, value: Any) -> Any:
    if value is None:
        if field.required:
            raise Refused("field_missing", field=field.name, meaning=field.meaning)
        return field.default
    kind = next((kind for kind in field.kinds if _is(kind, value)), None)
    if kind is None or not _fits(field, kind, value):
        raise Refused("field_wrong", field=field.name, expected=_expected(field))
    return value


def _is(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _fits(field: Field, kind: str, value: Any) -> bool:
    if field.choices:
        return value in field.choices
    if kind == "string":
        return len(value) <= field.longest and is_text(value) and bool(value or not field.required)
    return kind != "integer" or 1 <= value <= LONGEST_NUMBER


def is_text(value: str) -> bool:
    """Whether PostgreSQL and a terminal can hold it: no NUL, control character, lone surrogate."""
    return all(
        char in "\n\t" or (ord(char) >= 32 and not 0x7F <= ord(char) < 0xA0 and not _lone(char))
        for char in value
    )


def _lone(char: str) -> bool:
    return 0xD800 <= ord(char) <= 0xDFFF


def _expected(field: Field) -> str:
    if field.choices:
        return "one of " + ", ".join(field.choices)
    at_least = "at least 1 and " if field.required else ""
    words = [_WORDS[kind].format(longest=field.longest, at_least=at_least) for kind in field.kinds]
    return " or ".join(words)


def read_query(fields: tuple[Field, ...], given: Mapping[str, str]) -> dict[str, Any]:
    """As `read`, of the texts behind a URL's question mark."""
    whole = {field.name for field in fields if field.kinds == ("integer",)}
    return read(
        fields,
        {
            name: int(text) if name in whole and text.isdecimal() and len(text) < 11 else text
            for name, text in given.items()
        },
    )
