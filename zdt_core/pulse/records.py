"""What is known about a beat's turns: pure bookkeeping on a clock that the caller reads."""

from __future__ import annotations

from dataclasses import dataclass, field

_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class Status:
    """A beat as `zdt_core.pulse.status` shows it. Times are in seconds.

    ``lateness`` is how long after its due time the last turn began, ``late`` that the turn under
    way exceeds its deadline, ``error`` the last turn's error or empty.
    """

    name: str
    isolated: bool
    turns: int
    last_run_ago: float | None
    lateness: float
    running_for: float | None
    late: bool
    error: str


@dataclass(slots=True)
class Record:
    """One beat's turns in this process. ``due`` and all ``now`` are monotonic seconds."""

    due: float
    called_for: float = 0.0
    turns: int = 0
    finished: float | None = None
    lateness: float = 0.0
    waiting: bool = False
    running_since: float | None = None
    late: bool = False
    error: str = ""
    _told: set[str] = field(default_factory=set)

    @property
    def busy(self) -> bool:
        return self.waiting or self.running_since is not None

    def call(self, now: float, pause: float) -> None:
        """A turn is called; the next one is due ``pause`` seconds from now."""
        self.called_for, self.due = self.due, now + pause

    def begin(self, now: float) -> None:
        self.waiting = False
        self.running_since = now
        self.lateness = max(0.0, now - self.called_for)

    def end(self, now: float, error: BaseException | None) -> None:
        self.turns += 1
        self.finished = now
        self.running_since = None
        self.late = False
        self.error = describe(error) if error else ""

    def is_news(self, text: str) -> bool:
        """True the first time that ``text`` is told since the last `recovered`."""
        if text in self._told:
            return False
        if len(self._told) >= _REMEMBERED:  # an error that never reads the same twice
            self._told.clear()
        self._told.add(text)
        return True

    def recovered(self) -> bool:
        """Forget what was told; True when there was something to recover from."""
        had_trouble = bool(self._told)
        self._told.clear()
        return had_trouble

    def status(self, name: str, isolated: bool, now: float) -> Status:
        return Status(
            name=name,
            isolated=isolated,
            turns=self.turns,
            last_run_ago=None if self.finished is None else now - self.finished,
            lateness=self.lateness,
            running_for=None if self.running_since is None else now - self.running_since,
            late=self.late,
            error=self.error,
        )


def describe(error: BaseException) -> str:
    """The error's class and the first line of its text."""
    lines = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0]}" if lines else name
