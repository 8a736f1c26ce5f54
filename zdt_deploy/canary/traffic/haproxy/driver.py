"""Moves the share at a HAProxy: in its memory, and in the map's file for its next start."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from zdt_core.exceptions import Refused
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic import files
from zdt_deploy.canary.traffic.base import Applied
from zdt_deploy.canary.traffic.haproxy.configuration import KEY, kept_line, map_text, releases
from zdt_deploy.canary.traffic.haproxy.runtime import Runtime
from zdt_deploy.canary.traffic.line import Line

Answer = TypeVar("Answer")


class HAProxy:
    """A running HAProxy with the configuration of `configuration.render`."""

    step = 1
    keeps_time = True

    def __init__(self, socket: Path, map_file: Path) -> None:
        self.runtime = Runtime(socket, map_file)
        self.name = f"HAProxy at {socket}"
        self.known: frozenset[str] | None = None

    def set(self, route: Route) -> None:
        """In memory first: a disk that is full must not hold up a rollback; but in the file even
        where HAProxy is away: it will start from it."""
        line = Line.of(route, time.time())
        try:
            complaint = "" if line.says(self._held()) else self._tell(line)
        finally:
            if not line.says(self._kept()):
                files.write(self.runtime.map_file, map_text(line))
        if complaint:
            raise Refused("proxy_refused", proxy=self.name, answer=complaint.rstrip("."))
        if missing := line.releases - self._pools():
            raise Refused("proxy_has_no_pool", proxy=self.name, releases=", ".join(sorted(missing)))

    def read(self) -> Applied | None:
        """None also where a restart would forget what holds now."""
        held = self._held()
        if held is None or not held.says(self._kept()):
            return None
        return held.applied(time.time(), self._pools())

    def _tell(self, line: Line) -> str:
        return self._reached(lambda: self.runtime.set(KEY, str(line)))

    def _held(self) -> Line | None:
        """What is in memory."""
        value = self._reached(lambda: self.runtime.get(KEY))
        return None if value is None else Line.parse(value)

    def _kept(self) -> Line | None:
        """What the next start will find."""
        return kept_line(files.read(self.runtime.map_file))

    def _pools(self) -> frozenset[str]:
        self.known = self._reached(lambda: releases(self.runtime.ask("show backend")))
        return self.known

    def _reached(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise Refused("proxy_unreachable", proxy=self.name, error=reason) from error
