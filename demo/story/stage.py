"""The shop's processes: the releases, the edge before them, the workers, the load, the console."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from demo.generations import lay_out
from demo.generations.copies import CONTRACT, EXPAND, FIRST, SWITCH
from demo.processes import Company, DidNotWork, Process
from demo.story.ports import HOST, Port
from zdt_deploy.canary.traffic.haproxy.configuration import render
from zdt_deploy.canary.traffic.proxies import KINDS

PROJECT = Path(__file__).resolve().parents[2]
STABLE, EXPANDING, BAD, GOOD, CONTRACTING = "1.0", "1.1", "2.0", "2.1", "2.2"
SHIPS = {STABLE: FIRST, EXPANDING: EXPAND, BAD: SWITCH, GOOD: SWITCH, CONTRACTING: CONTRACT}
"""Which generation of the shop each release ships."""
EDGE = {"ZDT_VERSION": "edge", "ZDT_SERVICE": "edge", "ZDT_CANARY_SERVICE": "shop"}
"""The edge is none of the shop's processes: it uses no table of the shop."""
START_SECONDS = 120.0
STOP_SECONDS = 30.0


class Stage:
    """Starts what the story asks for and waits until it works."""

    def __init__(self, company: Company, *, shop_port: int = 0, console_port: int = 0) -> None:
        self.company = company
        self.shop, self.console = Port(shop_port), Port(console_port)
        self.pools = {release: Port() for release in (STABLE, BAD, GOOD)}
        self.releases: dict[str, Process] = {}
        self.background: list[Process] = []
        self.edge: Process
        self.load: Process
        self._consoles: list[Process] = []
        self._shops: dict[str, Path] = {}

    def shop_of(self, version: str) -> Path:
        """The project as that release ships it, unpacked on first use."""
        if version not in self._shops:
            folder = self.company.folder / f"shop-{version}"
            self._shops[version] = lay_out(SHIPS[version], folder)
        return self._shops[version]

    def manage(self, name: str, version: str, *arguments: str, known_as: str = "") -> str:
        """Run a release's management command as its pipeline would; returns what it printed."""
        process = self.company.run(
            name,
            [sys.executable, "manage.py", *arguments],
            START_SECONDS,
            extra={"ZDT_VERSION": known_as or version},
            directory=self.shop_of(version),
        )
        return process.log.read_text()

    def migrate(self, version: str, known_as: str = "") -> str:
        """The first step of a release's pipeline; returns what it printed."""
        name = f"migrate-{known_as or version}"
        return self.manage(name, version, "zdt_migrate", known_as=known_as)

    def start_background(self, version: str) -> list[Process]:
        """Start a worker and a ticker of a release; returns those of the one before."""
        before, self.background = (
            self.background,
            [
                self.company.start(
                    f"{name}-{version}",
                    [sys.executable, "manage.py", f"zdt_{name}"],
                    extra={"ZDT_VERSION": version},
                    directory=self.shop_of(version),
                )
                for name in ("worker", "ticker")
            ],
        )
        return before

    def start_release(self, version: str, fault: str = "") -> None:
        """Start a release; `await_release` waits until it is ready."""
        extra = {"ZDT_VERSION": version, "SHOP_FAULT": fault, "WEB_CONCURRENCY": "2"}
        self.releases[version] = self._gunicorn(
            f"release-{version}", version, "gunicorn", self.pools[version], extra
        )
        self.pools[version].hand_over()

    def await_release(self, version: str) -> None:
        """Wait until a release says that it is ready."""
        port = self.pools[version]
        self.releases[version].wait_until(
            lambda: status(port, "/health/ready") == 200, START_SECONDS, "it says that it is ready"
        )

    def retire(self, version: str) -> bool:
        """End a release as a deployment would: SIGTERM. True when it drained and left by itself."""
        return self.company.end(self.releases.pop(version), STOP_SECONDS)

    def start_console(self, version: str) -> str:
        """Start the console with a release's code, a process of its own; returns its address."""
        name = console_of(version)
        extra = {"ZDT_VERSION": name}
        self._consoles.append(self._gunicorn(name, version, "console", self.console, extra))
        return f"http://{self.console}/admin/"

    def renew_console(self, version: str) -> None:
        """Put a release's console in the place of the one before, at the same address."""
        self.start_console(version)
        old, new = self._consoles
        new.wait_until(lambda: "Booting worker" in new.log.read_text(), START_SECONDS, "it serves")
        self.company.end(old, STOP_SECONDS)
        self._consoles.remove(old)

    def start_edge(self, kind: str) -> str:
        """Start the edge, through HAProxy or the proxy of our own; returns which."""
        haproxy = find_haproxy()
        if kind == "haproxy" and haproxy is None:
            raise DidNotWork("HAProxy is not on PATH. Install it, or leave --edge out.")
        if kind == "own" or haproxy is None:
            self.edge = self._own_edge()
            return "a small proxy of our own"
        self.edge = self._haproxy(haproxy)
        return "HAProxy"

    def await_shop(self) -> None:
        """Wait until the shop answers through the edge."""
        self.edge.wait_until(
            lambda: status(self.shop, "/") == 200, START_SECONDS, "the shop answers through it"
        )

    def start_load(self, rate: float, visitors: int) -> None:
        command = [sys.executable, "-m", "demo.load", "--port", str(self.shop.number)]
        self.load = self.company.start(
            "load", [*command, "--rate", f"{rate:g}", "--visitors", str(visitors)]
        )

    def end_load(self) -> dict[str, Any]:
        """Let every request in flight end; returns the whole account."""
        if not self.company.end(self.load, STOP_SECONDS):
            raise self.load.trouble("The load did not end.")
        account = self.account()
        if not account.get("final"):
            raise self.load.trouble("The load ended without its account.")
        return account

    def account(self) -> dict[str, Any]:
        """The load's sums so far."""
        return summary(self.load.log)

    def await_requests(self, number: int) -> None:
        self.load.wait_until(
            lambda: self.account().get("requests", 0) >= number,
            START_SECONDS,
            f"{number} requests were answered",
        )

    def check(self) -> None:
        """Raise DidNotWork when a process has ended that should not have."""
        for process in self.company.processes:
            if not process.alive:
                raise process.trouble(f"{process.name} ended in the middle of the story.")

    def _gunicorn(
        self, name: str, version: str, configuration: str, port: Port, extra: Mapping[str, str]
    ) -> Process:
        command = [sys.executable, "-m", "gunicorn", "-c", f"demo/{configuration}.conf.py"]
        return self.company.start(
            name,
            [*command, "--bind", f"fd://{port.fileno()}"],
            extra=extra,
            directory=self.shop_of(version),
            pass_fds=[port.fileno()],
        )

    def _own_edge(self) -> Process:
        pools = [part for name, port in self.pools.items() for part in ("--pool", f"{name}={port}")]
        edge = self.company.start(
            "edge",
            [sys.executable, "manage.py", "zdt_edge", "--listen", f"fd@{self.shop.fileno()}",
             "--default", STABLE, *pools],
            extra=EDGE,
            pass_fds=[self.shop.fileno()],
        )  # fmt: skip
        self.shop.hand_over()
        return edge

    def _haproxy(self, program: str) -> Process:
        folder = self.company.folder
        socket, map_file, configuration = (
            folder / name for name in ("haproxy.sock", "route.map", "haproxy.cfg")
        )
        map_file.write_text(KINDS["haproxy"].first(STABLE))
        pools = {name: [str(port)] for name, port in self.pools.items()}
        bind = f"fd@{self.shop.fileno()}"
        configuration.write_text(
            render(bind=bind, socket=socket, map_file=map_file, pools=pools, default=STABLE)
        )
        edge = self.company.start(
            "haproxy", [program, "-db", "-f", str(configuration)], pass_fds=[self.shop.fileno()]
        )
        self.shop.hand_over()
        edge.wait_until(socket.exists, START_SECONDS, "its socket is there")
        self.company.start(
            "haproxy-agent",
            [sys.executable, "manage.py", "zdt_traffic_agent", "follow", "--socket", str(socket),
             "--file", str(map_file), "--default", STABLE],
            extra=EDGE,
        )  # fmt: skip
        return edge


def console_of(version: str) -> str:
    """What the console of a release is called: no release that visitors are sent to."""
    return f"console-{version}"


def find_haproxy() -> str | None:
    """HAProxy's program, also where distributions hide it from ordinary users."""
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


def status(port: Port, path: str) -> int | None:
    """The status of a GET; None when nobody answers."""
    connection = HTTPConnection(HOST, port.number, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def summary(log: Path) -> dict[str, Any]:
    """The last whole summary in the load's log; empty before the first."""
    for line in reversed(log.read_text().split("\n")[:-1]):
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    return {}
