"""All flags at one moment, ready to be asked. Immutable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from zdt_flags.evaluate import Definition, Rule, compile_rule


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Which state of the flags. ``number`` grows with each change; ``stamp`` (the database's time
    of the change) tells two states of one number apart, after a restored backup for example."""

    number: int = 0
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``document`` is the JSON text that it was built from, and ``source`` where that was read."""

    version: Version = Version()
    source: str = "none"
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    document: str = ""


NOTHING = Snapshot()
"""What a process holds that has not read any flags: all of them are unknown."""


def build(document: str, source: str) -> Snapshot:
    """The snapshot of a document as `zdt_flags.truth` reads it. Raises ValueError for others."""
    try:
        content = json.loads(document)
        definitions = {flag["name"]: _definition(flag) for flag in content["flags"]}
        version = Version(int(content["version"]), str(content["stamp"]))
    except (KeyError, TypeError, InvalidOperation, RecursionError) as error:
        raise ValueError(f"This is no document of flags: {error!r}") from error
    rules = {name: compile_rule(each) for name, each in definitions.items()}
    return Snapshot(version, source, definitions, rules, document)


def _definition(flag: dict[str, Any]) -> Definition:
    percentage = flag["percentage"]
    return Definition(
        name=str(flag["name"]),
        enabled=flag["enabled"] is True,
        percentage=None if percentage is None else Decimal(percentage),
        salt=str(flag["salt"]),
        allow=frozenset(map(str, flag["allow"])),
        deny=frozenset(map(str, flag["deny"])),
    )
