"""Loopback ports that nobody can take between choosing and using them."""

from __future__ import annotations

import errno
import socket

from demo.processes import DidNotWork

HOST = "127.0.0.1"


class Port:
    """A port that is bound, and on which a child will listen; 0 lets the system choose.

    Raises DidNotWork when it is taken.
    """

    def __init__(self, number: int = 0) -> None:
        self._socket = socket.socket()
        if number:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, number))
        except OSError as error:
            self._socket.close()
            if error.errno != errno.EADDRINUSE:
                raise
            raise DidNotWork(
                f"Port {number} is taken. Choose another one, or none: a free one is found."
            ) from error
        self.number: int = self._socket.getsockname()[1]

    def __str__(self) -> str:
        return f"{HOST}:{self.number}"

    def fileno(self) -> int:
        return self._socket.fileno()

    def hand_over(self) -> None:
        """Let go of it, once a child has it."""
        self._socket.close()
