"""HAProxy's runtime socket."""

from __future__ import annotations

import socket
import time
from pathlib import Path

TIMEOUT_SECONDS = 2.0
_NOTHING, _END = b"\n", b"\n\n"


class Runtime:
    """Changes a map of a running HAProxy, and reads what it holds. Raises OSError."""

    def __init__(self, path: Path, map_file: Path) -> None:
        self.path, self.map_file = path, map_file

    def set(self, key: str, value: str) -> str:
        """Set ``key``; returns HAProxy's complaint, "" where it has none."""
        return self.ask(f"set map {self.map_file} {key} {value}").strip()

    def get(self, key: str) -> str | None:
        """What ``key`` holds."""
        for line in self.ask(f"show map {self.map_file}").splitlines():
            _, name, value = [*line.split(" ", 2), "", "", ""][:3]
            if name == key:
                return value
        return None

    def ask(self, command: str) -> str:
        """HAProxy's answer to one command, which an empty line ends."""
        until = time.monotonic() + TIMEOUT_SECONDS
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(TIMEOUT_SECONDS)
            line.connect(str(self.path))
            line.sendall(command.encode() + b"\n")
            answer = b""
            while piece := line.recv(65536):
                answer += piece
                line.settimeout(max(until - time.monotonic(), 0.001))
        if answer != _NOTHING and not answer.endswith(_END):
            raise OSError("a part of an answer, or none")
        return answer.decode(errors="replace")
