"""The events of schema changes in words."""

from __future__ import annotations

from typing import Any

from zdt_core import kinds
from zdt_core.console.history import Entry

_LOOKS = {
    "schema.problem_found": "bad", "schema.doubted": "bad", "schema.forced": "bad",
    "schema.way_back_given_up": "bad",
    "schema.certificate_expired": "warn", "schema.owed": "warn", "schema.reversed": "warn",
    "schema.shape_taken_back": "warn",
    "schema.contract_put_off": "warn", "schema.verified": "good", "schema.contracted": "good",
    "schema.problem_solved": "good",
}  # fmt: skip


def entry(event: Any) -> Entry:
    """An event of the history."""
    look = "bad" if event.refused else _LOOKS.get(event.kind, "busy")
    return Entry(event, kinds.declared().get(event.kind, event.kind), look)
