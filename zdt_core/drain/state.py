"""Is this process draining, and how far? Asked at every request, so an answer holds 50 ms."""

from __future__ import annotations

import os
import time
from pathlib import Path

from zdt_core import identity
from zdt_core.conf import conf
from zdt_core.drain import marker
from zdt_core.drain.phases import Phase, phase

LOOK_EVERY = 0.05
_LONGEST_DRAIN = 86_400.0


class _State:
    """What was seen at the last look."""

    __slots__ = ("fresh_until", "phase", "since")

    def __init__(self) -> None:
        self.fresh_until = 0.0
        self.phase = Phase.SERVING
        self.since: float | None = None


_state = _State()


def current() -> Phase:
    """The phase of this process, at most 50 ms old."""
    if time.monotonic() < _state.fresh_until:
        return _state.phase
    return look()


def draining() -> bool:
    """True from the beginning of a drain until it is cancelled."""
    return current() is not Phase.SERVING


def seconds() -> float | None:
    """How long the drain has been going on; None when there is none."""
    look()
    return None if _state.since is None else time.monotonic() - _state.since


def path() -> Path:
    """The file that makes this process drain."""
    given = conf.DRAIN_FILE or os.environ.get(marker.VARIABLE)
    return Path(given) if given else marker.default_path(identity.instance())


def look() -> Phase:
    """Look at the file now."""
    now = time.monotonic()
    file = path()
    if not _is_raised(file):
        _state.since = None
    elif _state.since is None:
        _state.since = _beginning(file, now)
    elapsed = None if _state.since is None else now - _state.since
    _state.phase = phase(elapsed, wait=conf.DRAIN_WAIT, finish=conf.DRAIN_FINISH)
    _state.fresh_until = now + LOOK_EVERY
    return _state.phase


def start(reason: str, *, actor: tuple[str, str] = ("system", "drain")) -> bool:
    """Make this server drain; False when it drains already. Raises OSError if it can't be told."""
    begun = marker.raise_(path(), actor=actor, reason=reason)
    look()
    return begun


def cancel(reason: str = "", *, actor: tuple[str, str] = ("system", "drain")) -> bool:
    """Serve again; False when no drain was going on. Raises OSError if it can't be told."""
    ended = marker.lower(path(), actor=actor, reason=reason)
    look()
    return ended


def clean_up() -> None:
    """Remove what this process alone made; a file shared with others stays."""
    if not conf.DRAIN_FILE and marker.VARIABLE not in os.environ:
        marker.clear(path())


def _is_raised(file: Path) -> bool:
    if not os.path.exists(file):
        return False
    chosen_by_us = file.parent == marker.default_path("").parent
    return not chosen_by_us or marker.is_trusted(file)


def _beginning(file: Path, now: float) -> float:
    """When it began by our clock: what the file says, unless that cannot be."""
    told = marker.began(file)
    return told if told is not None and 0 <= now - told < _LONGEST_DRAIN else now


def _forget() -> None:
    global _state
    _state = _State()


os.register_at_fork(after_in_child=_forget)
