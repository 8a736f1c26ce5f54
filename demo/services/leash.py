"""The parent's end: starts a keeper, gives orders, lets go."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from demo.services.errors import ServicesError

PROJECT = Path(__file__).resolve().parents[2]
ORDER_SECONDS = 180
FAREWELL_SECONDS = 30


class Leash:
    """A keeper and the line to it. The keeper ends when the line is cut."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(ORDER_SECONDS)
        with theirs:
            self._keeper = subprocess.Popen(
                [sys.executable, "-m", "demo.services.keeper", str(os.getpid())],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=PROJECT,
                start_new_session=True,  # Ctrl-C in the terminal is for the parent
            )
        self._line = ours
        self._answers = ours.makefile("rb")
        self._one_at_a_time = threading.Lock()
        self._owner = os.getpid()

    @property
    def pid(self) -> int:
        return self._keeper.pid

    def order(self, what: str, **how: Any) -> Any:
        """The keeper's answer; ServicesError with its reason if it could not."""
        with self._one_at_a_time:
            try:
                self._line.sendall(json.dumps({"do": what, "how": how}).encode() + b"\n")
                answer = json.loads(self._answers.readline() or "null")
            except OSError:
                answer = None
        if answer is None:
            raise ServicesError(f"The keeper of the services ended or hangs (order: {what}).")
        if "error" in answer:
            raise ServicesError(answer["error"])
        return answer["ok"]

    def let_go(self) -> None:
        """Cut the line and wait until servers and folder are gone. A forked child only lets go."""
        self._answers.close()
        self._line.close()
        if os.getpid() != self._owner:
            return
        try:
            self._keeper.wait(FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
