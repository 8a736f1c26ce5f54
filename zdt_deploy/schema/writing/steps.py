"""Which step of which change an operation of a migration is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    key: str
    step: str


def of_operation(app_label: str, operation: Any) -> Found | None:
    return None
