"""What the code that runs now sees of the flags: one snapshot per request, a test's overrides.

The pin travels in a context variable, so that it follows a request through threads and tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from zdt_flags.evaluate import Definition, Rule
from zdt_flags.keeper import keeper
from zdt_flags.snapshot import Snapshot

_NEVER_ASKED = (object(), False)


class Pin(dict[str, tuple[object, bool]]):
    """The answers given so far: flag → (user, answer). A miss yields a user that nobody is.

    With ``request`` the first question fixes the snapshot (``rules`` are its rules then). Without
    one, for overrides alone, each question looks at the current one and no answer is kept.
    """

    __slots__ = ("overrides", "request", "rules", "snapshot")

    def __init__(self, request: Any = None, overrides: Mapping[str, bool] | None = None) -> None:
        self.request = request
        self.overrides = overrides
        self.rules: Mapping[str, Rule] | None = None
        self.snapshot: Snapshot | None = None

    def __missing__(self, name: str) -> tuple[object, bool]:
        return _NEVER_ASKED

    def rule(self, name: str) -> Rule | None:
        """The rule of ``name``; fixes the snapshot of a request."""
        if self.overrides and name in self.overrides:
            return self.overrides[name]
        snapshot = self._look()
        if self.snapshot is not None:
            self.rules = {**snapshot.rules, **self.overrides} if self.overrides else snapshot.rules
        return snapshot.rules.get(name)

    def definition(self, name: str) -> Definition | None:
        return self._look().definitions.get(name)

    def _look(self) -> Snapshot:
        snapshot = self.snapshot or keeper.current()
        if self.request is not None:
            self.snapshot = snapshot
        return snapshot


pinned: ContextVar[Pin | None] = ContextVar("zdt_flags", default=None)
