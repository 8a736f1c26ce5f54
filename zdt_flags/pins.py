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

    With ``request`` the first question fixes the snapshot; without one (overrides alone) each
    question looks at the current one, and nothing is remembered.
    """

    __slots__ = ("_snapshot", "overrides", "request")

    def __init__(self, request: Any = None, overrides: Mapping[str, bool] | None = None) -> None:
        self.request = request
        self.overrides = overrides or {}
        self._snapshot: Snapshot | None = None

    def __missing__(self, name: str) -> tuple[object, bool]:
        return _NEVER_ASKED

    def rule(self, name: str) -> Rule | None:
        if name in self.overrides:
            return self.overrides[name]
        return self.snapshot.rules.get(name)

    def definition(self, name: str) -> Definition | None:
        return self.snapshot.definitions.get(name)

    @property
    def snapshot(self) -> Snapshot:
        found = self._snapshot
        if found is None:
            found = keeper.current()
            if self.request is not None:
                self._snapshot = found
        return found

    def remember(self, name: str, user: object, answer: bool) -> None:
        if self.request is not None:
            self[name] = (user, answer)


pinned: ContextVar[Pin | None] = ContextVar("zdt_flags", default=None)
