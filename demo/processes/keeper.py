"""Ends what the story started when the story itself cannot: run as a script, standard library only.

It reads its standard input: ``+PID`` for a session that began, ``-PID`` for one that has ended,
``keep`` to leave the folder in place. The story holds the other end, and so does each child until
it runs its program; when all have let go, the story is over or dead. Then every session that is
left is killed, and the folder with the logs is removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path


def end_session(leader: int) -> None:
    """Kill every process of the session that ``leader`` began, also without the leader."""
    for pid in members(leader):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def members(leader: int) -> list[int]:
    """The processes of a session, where /proc tells them; empty elsewhere."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(folder.name))
    return found


def keep(folder: Path) -> None:
    sessions: set[int] = set()
    tidy = True
    for line in sys.stdin:
        word = line.strip()
        if word == "keep":
            tidy = False
        elif word.startswith("+"):
            sessions.add(int(word[1:]))
        elif word.startswith("-"):
            sessions.discard(int(word[1:]))
    for leader in sessions:
        end_session(leader)
    if tidy:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    keep(Path(sys.argv[1]))
