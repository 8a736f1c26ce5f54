"""Hooks for gunicorn: drain at SIGTERM, join the fleet, sign off.

In gunicorn.conf.py::

    from zdt_core.drain.gunicorn import *

It works for every worker class. The supervisor must send SIGTERM to the master only (systemd:
``KillMode=mixed``) and leave ZDT_DRAIN_GRACE seconds before SIGKILL. A hook of your own under one
of these names replaces ours; call ours from it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from zdt_core.drain import marker, signals
from zdt_core.drain.noticeboard import Noticeboard
from zdt_core.drain.phases import Phase

__all__ = [
    "graceful_timeout", "on_exit", "post_worker_init", "pre_request", "when_ready", "worker_exit",
]  # fmt: skip

graceful_timeout = 33
"""The default of ZDT_DRAIN_FINISH, and time to count what is left."""

_board = Noticeboard()
_file: Path | None = None


def when_ready(server: Any) -> None:
    """In the master, before it forks: choose the drain file and take charge of SIGTERM."""
    global _file
    given = os.environ.get(marker.VARIABLE)
    _file = Path(given) if given else marker.default_path(secrets.token_hex(6), server.cfg.uid)
    os.environ[marker.VARIABLE] = str(_file)
    marker.prepare(_file, server.cfg.uid)
    marker.clear(_file)  # a new server does not drain
    signals.handled_by_master = True
    signals.delay_sigterm(_begin_drain, signals.by_alarm)


def post_worker_init(worker: Any) -> None:
    """In a worker, once the site is loaded: join the fleet, tell the master what it must know."""
    from zdt_core import fleet
    from zdt_core.conf import conf
    from zdt_core.drain import state

    _board.write({"wait": conf.DRAIN_WAIT, "file": str(state.path())})
    fleet.join("web")


def pre_request(worker: Any, request: Any) -> None:
    """During a drain no connection is kept; gunicorn drops the header that the site sets."""
    from zdt_core.drain import state

    worker.log.debug("%s %s", request.method, request.path)
    if state.current() is not Phase.SERVING:
        request.must_close = True  # what every kind of gunicorn's requests has


def worker_exit(server: Any, worker: Any) -> None:
    """In a worker, when nothing is in flight any more: sign off."""
    if _board.read():
        from zdt_core import fleet

        fleet.leave()


def on_exit(server: Any) -> None:
    """In the master, at its end."""
    if _file is not None:
        marker.clear(_file)


def _begin_drain() -> float:
    told = _board.read()
    if not told:  # no worker has served anything yet
        return 0.0
    marker.raise_(Path(told["file"]), actor=("system", "gunicorn"), reason="SIGTERM")
    return float(told["wait"])
