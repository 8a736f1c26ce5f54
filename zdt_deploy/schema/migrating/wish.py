"""What zdt_migrate is asked for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Wish:
    """What to migrate; ``wait`` are the seconds to wait for backfills that a switch needs."""

    alias: str
    app_label: str | None = None
    migration_name: str | None = None
    fake: bool = False
    reason: str = ""
    wait: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether it brings the database to where this release's code is."""
        return self.app_label is None and not self.fake

    @property
    def target(self) -> list[str]:
        return [part for part in (self.app_label, self.migration_name) if part]


@dataclass(slots=True)
class Report:
    """``applied`` and ``reversed`` hold "app.name", ``contracted`` keys of changes, ``owed`` those
    that wait with their reasons, ``problems`` why it is not done: dicts of code, params, text."""

    alias: str
    release: str = ""
    applied: list[str] = field(default_factory=list)
    reversed: list[str] = field(default_factory=list)
    contracted: list[str] = field(default_factory=list)
    owed: list[dict[str, Any]] = field(default_factory=list)
    tries: int = 0
    queued_seconds: float = 0.0
    waited_seconds: float = 0.0
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        return {
            "alias": self.alias,
            "release": self.release,
            "done": self.is_done,
            "applied": self.applied,
            "reversed": self.reversed,
            "contracted": self.contracted,
            "owed": self.owed,
            "tries": self.tries,
            "queued_seconds": round(self.queued_seconds, 1),
            "waited_seconds": round(self.waited_seconds, 1),
            "problems": self.problems,
        }
