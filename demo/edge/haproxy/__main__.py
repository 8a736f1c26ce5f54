"""Starts the agent beside HAProxy:
``python -m demo.edge.haproxy --socket PATH --map PATH --default 1.0``.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import django

from demo.edge.haproxy.runtime import Runtime

FOLLOW_SECONDS = 0.5


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.edge.haproxy", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--map", type=Path, required=True)
    parser.add_argument("--default", required=True, metavar="RELEASE")
    return parser.parse_args(arguments)


def main() -> int:
    options = parse()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    django.setup()
    from demo.edge.haproxy.agent import Agent
    from zdt_core import fleet, pulse
    from zdt_deploy.canary.router import BEAT, router

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    agent = Agent(Runtime(options.socket, options.map), router, options.default)
    pulse.beat(BEAT, FOLLOW_SECONDS, isolated=True)(agent.follow)  # instead of the router's own
    fleet.join("router")
    stop.wait()
    fleet.leave()
    return 0


if __name__ == "__main__":
    sys.exit(main())
