"""The seconds in which a share is valid, as files: how an nginx without njs keeps the time.

On each request it looks for the file of this very second, so a share that nobody renews ends by
itself, and a renewal needs no reload. They are empty and named by the Unix clock; beside them
``until`` holds the end of the share.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from zdt_core.exceptions import Refused
from zdt_deploy.canary.traffic import files
from zdt_deploy.canary.traffic.line import Line

AHEAD, NEAR = 600, 300
"""So many seconds have a file at most; more are made when fewer than the latter are left."""


def folder(split: Path) -> Path:
    """Where they are, for the split in the file ``split``."""
    return split.with_suffix(".seconds")


class Seconds:
    """Those in the folder ``path``. Changes raise Refused("proxy_file_not_written")."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def end(self, line: Line, now: float) -> None:
        """Take away those in which ``line`` sends nobody, or needs none."""
        with self._told():
            for second in self._there() - set(_valid(line, now)):
                (self.path / str(second)).unlink(missing_ok=True)

    def make(self, line: Line, now: float) -> None:
        """Have one for each second in which ``line`` is valid, the next ones first."""
        with self._told():
            if not self.path.is_dir():
                self.path.mkdir()
                self.path.chmod(0o755)  # nginx looks as another user
            there = self._there()
            for second in _valid(line, now):
                if second not in there:
                    (self.path / str(second)).touch(mode=files.MODE)
        files.write(self.path / "until", f"{line.until}\n")

    def until(self, now: float) -> int:
        """When the share ends from ``now`` on if nobody makes more, or will by then."""
        there, end = self._there(), int(now)
        while end in there:
            end += 1
        text = files.read(self.path / "until").strip()
        asked = int(text) if text.isdecimal() else 0
        return max(asked, end) if end >= int(now) + NEAR else end

    def _there(self) -> set[int]:
        try:
            return {int(each.name) for each in self.path.iterdir() if each.name.isdecimal()}
        except FileNotFoundError:
            return set()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Refused("proxy_file_not_written", path=str(self.path), error=reason) from error


def _valid(line: Line, now: float) -> Collection[int]:
    first = int(now)
    return range(first, min(line.until, first + AHEAD) if line.ends else first)
