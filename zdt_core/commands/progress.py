"""Progress of what takes long: a bar that stays on one line of a terminal, plain lines elsewhere.

Our own: a share and a sentence are all there is to show, and a library would be one more
dependency of every site.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

WIDTH = 20
_LINE_AGAIN, _CLEAR = "\r", "\x1b[K"


class Progress:
    """``at`` shows how far it is, ``say`` adds a line that stays. Use it as a context manager.

    ``is_live`` where what `at` shows is replaced by the next, so that it may tell each second.
    """

    is_live = False

    def at(self, share: float, text: str) -> None:
        """``share`` is 0…1."""

    def say(self, text: str) -> None: ...

    def end(self) -> None: ...

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()


class Silent(Progress):
    """For machines."""


class Lines(Progress):
    """For logs: a line for each new text, at most one in ``every`` seconds."""

    def __init__(
        self,
        write: Callable[[str], object],
        every: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write, self._every, self._clock = write, every, clock
        self._said, self._next = "", float("-inf")

    def at(self, share: float, text: str) -> None:
        if text != self._said and self._clock() >= self._next:
            self._said, self._next = text, self._clock() + self._every
            self._write(text)

    def say(self, text: str) -> None:
        self._write(text)


class Bar(Progress):
    """For a terminal: the bar, the share, the text and the time since it began."""

    is_live = True

    def __init__(self, stream: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock, self._began = stream, clock, clock()
        self._shown = False

    def at(self, share: float, text: str) -> None:
        share = min(1.0, max(0.0, share))
        full = round(share * WIDTH)
        since = time.strftime("%H:%M:%S", time.gmtime(self._clock() - self._began))
        line = f"{'█' * full}{'░' * (WIDTH - full)} {share:4.0%}  {since}  {text}"
        self._put(_LINE_AGAIN + line[: shutil.get_terminal_size().columns - 1] + _CLEAR)
        self._shown = True

    def say(self, text: str) -> None:
        self._wipe()
        self._put(text + "\n")

    def end(self) -> None:
        self._wipe()

    def _wipe(self) -> None:
        if self._shown:
            self._put(_LINE_AGAIN + _CLEAR)
        self._shown = False

    def _put(self, text: str) -> None:
        self._stream.write(text, ending="")
        self._stream.flush()
