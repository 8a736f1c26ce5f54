"""One private Valkey server on a free loopback port, behind a password."""

import secrets
import signal
import socket
import subprocess
from contextlib import suppress

from demo.services import children, programs
from demo.services.account import Account
from demo.services.errors import ServicesError
from demo.services.place import Place

ATTEMPTS = 5
ANSWER_SECONDS = 0.2  # the program on a taken port may never answer
TAKEN = "Address already in use"


class Valkey:
    """Valkey as a child of this process.

    A port has no owner as a socket file has, hence the password: whoever may write into RQ's
    queues runs code. Data lives in memory; an orderly stop keeps it for the next start.
    """

    def __init__(self, place: Place, account: Account) -> None:
        self._account = account
        self._program = programs.valkey()
        self._folder = place.folder("valkey")
        self._log = place.folder("logs") / "valkey.log"
        self._password = secrets.token_urlsafe(18)
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start, on the same port as before; does nothing while it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._port:
            self._start(self._port)
            return
        for attempt in range(ATTEMPTS):
            port = free_port()
            try:
                self._start(port)
            except ServicesError as error:  # somebody took it in between
                if TAKEN not in str(error) or attempt == ATTEMPTS - 1:
                    raise
            else:
                self._port = port
                return

    def stop(self, *, empty: bool = False) -> None:
        """End the server; ``empty`` kills it and forgets all data."""
        if self._process is None:
            return
        children.finish(self._process, signal.SIGKILL if empty else signal.SIGTERM)
        if empty:
            (self._folder / "dump.rdb").unlink(missing_ok=True)

    def _start(self, port: int) -> None:
        settings = self._folder / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(self._configuration(port))
        self._log.write_bytes(b"")  # its last words are to be this start's
        self._process = children.spawn(
            [self._program, settings],
            log=self._log,
            farewell=signal.SIGKILL,
            account=self._account,
        )
        children.await_ready(
            self._process, lambda: self._answers(port), log=self._log, name="Valkey"
        )

    def _configuration(self, port: int) -> str:
        lines = {
            "bind": "127.0.0.1",
            "port": str(port),
            "requirepass": self._password,
            "dir": str(self._folder),
            "save": '""',
            "appendonly": "no",
            "shutdown-on-sigterm": "save",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _answers(self, port: int) -> bool:
        """Whether the server on ``port`` is up, loaded, and ours: it knows our password."""
        where = ("127.0.0.1", port)
        with suppress(OSError), socket.create_connection(where, ANSWER_SECONDS) as line:
            line.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            return line.makefile("rb").readline() == b"+OK\r\n"
        return False


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
