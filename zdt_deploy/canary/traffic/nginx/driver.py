"""Moves the share at an nginx: in a file that it reads, and asks the running nginx what it does."""

from __future__ import annotations

import http.client
import shlex
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from zdt_core.exceptions import Refused
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic import files
from zdt_deploy.canary.traffic.base import Applied
from zdt_deploy.canary.traffic.line import Line
from zdt_deploy.canary.traffic.nginx.configuration import STATUS_PATH, cookie_split, kept_split
from zdt_deploy.canary.traffic.nginx.seconds import Seconds, folder

TIMEOUT_SECONDS = 2.0
RELOAD_SECONDS = 10.0
FOLLOW_SECONDS = 3.0
"""How long a reloaded nginx may take until its new workers answer."""
AGAIN_SECONDS = 10.0
PAUSE_SECONDS = 0.03
SETTLED = 10
"""So many answers in a row are the new workers': nginx lets the old ones go on for 0.1 s."""
_LARGEST = 64 * 1024


class Nginx:
    """An nginx with njs and the configuration of `configuration.render`."""

    step = 1
    keeps_time = True

    def __init__(self, split: Path, status: str) -> None:
        self.split, self.status = split, status
        self.name = f"nginx at {status}"
        self.known: frozenset[str] | None = None

    def set(self, route: Route) -> None:
        line = Line.of(route, time.time())
        if not line.says(Line.parse(files.read(self.split))):
            files.write(self.split, f"{line}\n")
        self._check_pools(line)

    def read(self) -> Applied | None:
        held, pools = self._ask()
        return None if held is None else held.applied(time.time(), pools)

    def _check_pools(self, line: Line) -> None:
        _held, pools = self._ask()
        if missing := line.releases - pools:
            raise Refused("proxy_has_no_pool", proxy=self.name, releases=", ".join(sorted(missing)))

    def _ask(self) -> tuple[Line | None, frozenset[str]]:
        """The split that nginx applies, and the releases that it has servers for."""
        line, pools, *_ = self._answer()
        return Line.parse(line), frozenset(pools.split())

    def _answer(self) -> list[str]:
        """The lines of what nginx says of itself, two at least."""
        try:
            status, text = _get(self.status, STATUS_PATH)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise Refused("proxy_unreachable", proxy=self.name, error=reason) from error
        if status != http.HTTPStatus.OK:
            raise Refused("proxy_unreachable", proxy=self.name, error=f"status {status}")
        if not text.endswith("\n") or text.count("\n") < 2:
            raise Refused(
                "proxy_unreachable", proxy=self.name, error="a part of an answer, or none"
            )
        lines = text.splitlines()
        self.known = frozenset(lines[1].split())
        return lines


class CookieNginx(Nginx):
    """An nginx without njs, with the configuration of `configuration.render_cookie`.

    ``reload`` is the command that has it read its configuration again. What `read` tells of the
    end is by the files that are there, where nginx itself sees that of this second.
    """

    def __init__(self, split: Path, status: str, reload: str) -> None:
        super().__init__(split, status)
        self.reload = shlex.split(reload)
        self.seconds = Seconds(folder(split))
        self._tried: tuple[Line, float] | None = None

    def set(self, route: Route) -> None:
        """A reload costs connections, so there is none where nginx does already what is asked; and
        a share that ends is over without one, and begins once its split is there."""
        line = Line.of(route, time.time())
        self.seconds.end(line, time.time())
        if not line.maps_as(kept_split(files.read(self.split))):
            files.write(self.split, cookie_split(line))
        if not line.maps_as(self._held()) and self._is_due(line):
            self._reload()
            self._wait(line)
        if line.maps_as(self._held()):
            self.seconds.make(line, time.time())
        self._check_pools(line)

    def read(self) -> Applied | None:
        line, pools, *live = self._answer()
        held, now = Line.parse(line), time.time()
        if held is not None and held.ends:
            held = replace(held, until=self.seconds.until(now) if live == ["now"] else int(now))
        return None if held is None else held.applied(now, pools.split())

    def _held(self) -> Line | None:
        """What it applies; None also where it does not say, as it may serve all the same."""
        try:
            return self._ask()[0]
        except Refused:
            return None

    def _is_due(self, line: Line) -> bool:
        """A reload that changed nothing is not repeated at once; one for another split is made."""
        now = time.monotonic()
        if self._tried and line.maps_as(self._tried[0]) and now < self._tried[1] + AGAIN_SECONDS:
            return False
        self._tried = (line, now)
        return True

    def _reload(self) -> None:
        try:
            said = subprocess.run(  # noqa: S603 - the operator's own command
                self.reload, capture_output=True, text=True, timeout=RELOAD_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused("proxy_refused", proxy=self.name, answer=str(error)) from error
        if said.returncode:
            lines = said.stderr.strip().splitlines() or [f"exit code {said.returncode}"]
            raise Refused("proxy_refused", proxy=self.name, answer=lines[-1].rstrip("."))

    def _wait(self, line: Line) -> None:
        until, settled = time.monotonic() + FOLLOW_SECONDS, 0
        while settled < SETTLED and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
            settled = settled + 1 if line.maps_as(self._held()) else 0


def _get(address: str, path: str) -> tuple[int, str]:
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(_LARGEST).decode(errors="replace")
    finally:
        connection.close()
