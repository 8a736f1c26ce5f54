"""What one load of the overview has read, so that its panels ask for nothing twice."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from zdt_core import fleet
from zdt_core.fleet.roster import Member


class Board:
    """The subject of the overview's panels; rooms keep what they share in ``read``."""

    def __init__(self) -> None:
        self.read: dict[str, Any] = {}

    @cached_property
    def members(self) -> list[Member]:
        """Every process that is live or silent."""
        known = fleet.members(departed=False)
        return [member for member in known if member.standing is not fleet.Standing.GONE]

    def places(self, more: Iterable[tuple[str, str]] = ()) -> list[tuple[str, str]]:
        """Pairs of environment and service that have processes, and ``more``."""
        return sorted({(m.environment, m.service) for m in self.members} | set(more))
