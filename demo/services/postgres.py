"""One private PostgreSQL server, reached by a unix socket only."""

import signal
import subprocess

from demo.services import children, programs
from demo.services.account import Account
from demo.services.place import Place

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "200",
    "timezone": "UTC",
    "jit": "off",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
}
# A lost machine loses this data anyway; a killed server does not.
QUICK = {"fsync": "off", "full_page_writes": "off"}


class Postgres:
    """PostgreSQL as a child of this process. Its folder carries the major version in its name."""

    def __init__(self, place: Place, account: Account, version: int, *, durable: bool) -> None:
        self._account = account
        self._settings = SETTINGS if durable else SETTINGS | QUICK
        self._programs = programs.postgres(version, account, place.path)
        self.folder = place.folder(f"pg{version}", account)
        self._data = self.folder / "data"
        self._log = place.folder("logs") / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://postgres@/postgres?host={self.folder}"

    def create(self) -> None:
        """Make an empty cluster with the superuser ``postgres``."""
        children.run(
            [
                *(self._programs / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust"),
                *("-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
            ],
            account=self._account,
            what="PostgreSQL could not create its data folder.",
            place=self.folder,
        )

    def start(self) -> None:
        """Start, on the same socket as before; does nothing while it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        self._process = children.spawn(
            [self._programs / "postgres", "-D", self._data, "-k", self.folder, *settings],
            log=self._log,
            farewell=signal.SIGQUIT,
            account=self._account,
        )
        children.await_ready(self._process, self._ready, log=self._log, name="PostgreSQL")

    def stop(self, *, immediate: bool = False) -> None:
        """End all sessions and the server; ``immediate`` leaves it to recover at the next start."""
        if self._process is not None:
            children.finish(self._process, signal.SIGQUIT if immediate else signal.SIGINT)

    def _ready(self) -> bool:
        """The postmaster writes its state into the last line of its pid file, as pg_ctl knows."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        process = self._process
        return (
            process is not None
            and len(lines) >= 8
            and lines[0] == str(process.pid)
            and lines[7].strip() == "ready"
        )
