"""A site to look at: servers of its own, a story told into its database, a web server.

::

    with Site() as site:
        site.tell("tests.browser.story")
        site.serve()
        open(site.url + "/admin/")
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from demo.services import Services
from tests.system.drill import ROOT, Process, eventually

SETTINGS = "tests.browser.settings"
NAME, PASSWORD = "olga", "olga"
START_SECONDS = 60


class Site:
    """Ends with the block, and everything that it started too."""

    url: str
    told: dict[str, Any]

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="zdt-browser-")
        self._services = Services.private()
        self._services.start()
        self._server: Process | None = None
        self._environment = {
            **os.environ,
            **self._services.environment(),
            "DJANGO_SETTINGS_MODULE": SETTINGS,
        }
        return self

    def manage(self, *arguments: str) -> str:
        """Run a management command to its good end, beside the server; what it printed."""
        return self._run(["manage.py", *arguments])

    def tell(self, *modules: str) -> None:
        """Have ``tests.browser.telling`` fill the database; ``told`` is what the modules say."""
        self.told = json.loads(self._run(["-m", "tests.browser.telling", *modules]))

    def serve(self) -> None:
        """Start the web server, and wait until it answers."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "4",
                   "--keep-alive", "75", "--no-control-socket", "-b", f"127.0.0.1:{port}",
                   "demo.wsgi:application"]  # fmt: skip
        self._server = Process(command, self._environment, Path(self._folder.name) / "server.log")
        eventually(lambda: _answers(port), "the site to answer", within=START_SECONDS)

    def last_words(self) -> str:
        """The end of the server's log."""
        return self._server.last_words() if self._server else ""

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self._environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.bury()
        self._services.stop()
        self._folder.cleanup()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
