"""Web servers of the tiny site, started as an operator starts them."""

from __future__ import annotations

import http.client
import socket
import sys
from pathlib import Path

from tests.system.drill import Drill, Process, eventually

SETTINGS = "tests.system.served.settings"
CONFIG = Path(__file__).parent / "served" / "gunicorn.conf.py"
WSGI = "django.core.wsgi:get_wsgi_application()"
ASGI = "tests.system.served.asgi:application"


class Server(Process):
    """A server on a port of its own."""

    port: int

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def is_up(self, path: str = "/health/ready") -> bool:
        try:
            return self.get(path)[0] == 200
        except OSError:
            return False


def gunicorn(
    drill: Drill, worker: str = "gthread", *, workers: int = 2, hooks: bool = True, **given: str
) -> Server:
    """gunicorn with our hooks or without."""
    app = ASGI if worker == "asgi" else WSGI
    arguments = [
        "gunicorn",
        "-k",
        worker,
        "-w",
        str(workers),
        "--threads",
        "4",
        "--keep-alive",
        "30",
    ]
    if worker == "asgi":
        arguments.remove("--threads")
        arguments.remove("4")
    arguments += ["-c", str(CONFIG)] if hooks else ["-c", "/dev/null", "--no-control-socket"]
    return _start(drill, [*arguments, app], "-b", "127.0.0.1:{port}", given)


def uvicorn(drill: Drill, *arguments: str, **given: str) -> Server:
    return _start(drill, ["uvicorn", *arguments, ASGI], "--port", "{port}", given)


def _start(
    drill: Drill, module: list[str], option: str, address: str, given: dict[str, str]
) -> Server:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *module, option, address.format(port=port)]
    environment = {**drill.environment, "DJANGO_SETTINGS_MODULE": SETTINGS, **given}
    log = drill.folder / f"{len(drill.processes)}-{module[0]}.log"
    server = Server(command, environment, log)
    server.port = port
    drill.processes.append(server)
    return server


def wait_until_up(*servers: Server, path: str = "/health/ready") -> None:
    for server in servers:
        eventually(lambda server=server: server.is_up(path), f"{server.log.name} to be up")
