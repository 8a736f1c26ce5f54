"""PgBouncer in transaction mode in front of the private PostgreSQL."""

import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from demo.services import children, programs
from demo.services.account import Account
from demo.services.place import Place

CONFIGURATION = """\
[databases]
* = host={postgres} port=5432 user=postgres

[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
admin_users = postgres
pool_mode = transaction
max_client_conn = 500
default_pool_size = 20
ignore_startup_parameters = extra_float_digits
"""


class PgBouncer:
    """PgBouncer as a child of this process; it refuses to run as root, as PostgreSQL does."""

    def __init__(self, place: Place, account: Account, postgres: Path) -> None:
        self._account = account
        self._program = programs.pgbouncer()
        self.folder = place.folder("pgbouncer", account)
        self._log = place.folder("logs") / "pgbouncer.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._write("users", '"postgres" ""\n')
        self._write("pgbouncer.ini", CONFIGURATION.format(postgres=postgres, folder=self.folder))

    @property
    def url(self) -> str:
        return f"postgres://postgres@/postgres?host={self.folder}&port=6432"

    def start(self) -> None:
        """Start, on the same socket as before; does nothing while it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        self._process = children.spawn(
            [self._program, self.folder / "pgbouncer.ini"],
            log=self._log,
            farewell=signal.SIGKILL,
            account=self._account,
        )
        children.await_ready(self._process, self._answers, log=self._log, name="PgBouncer")

    def stop(self) -> None:
        """End it at once, sessions included."""
        if self._process is not None:
            children.finish(self._process, signal.SIGKILL)  # older ones do not know SIGQUIT

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        self._account.own(self.folder / name)

    def _answers(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.folder / ".s.PGSQL.6432"))
            return True
        return False
