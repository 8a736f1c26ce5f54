"""Ctrl-C and SIGTERM, said again until they are heard.

What a signal throws into the middle of a destructor or of a driver's callback is dropped there, and
the story would go on as if nobody had said anything.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn

AGAIN_SECONDS = 0.5


class Interruption:
    """Throws KeyboardInterrupt or SystemExit, twice a second from the first signal to `heard`."""

    def __init__(self) -> None:
        self._number = 0
        self._heard = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._say)
        signal.signal(signal.SIGALRM, self._say_again)

    def heard(self) -> None:
        """The story is being left: from now on each signal is said once."""
        self._heard = True
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _say(self, number: int, frame: FrameType | None) -> NoReturn:
        self._number = number
        if not self._heard:
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
        self._throw()

    def _say_again(self, number: int, frame: FrameType | None) -> None:
        if not self._heard:
            self._throw()

    def _throw(self) -> NoReturn:
        if self._number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + self._number)
