"""`manage.py zdt_edge`: a small proxy in front of two releases."""

from __future__ import annotations

import asyncio
from typing import Any

from django.core.management.base import CommandParser

from zdt_core import fleet
from zdt_core.commands import ZdtCommand
from zdt_deploy.canary import router
from zdt_deploy.canary.edge import serving
from zdt_deploy.canary.edge.pools import Pools
from zdt_deploy.canary.edge.proxy import Proxy
from zdt_deploy.canary.traffic.agent import FACT


class Command(ZdtCommand):
    help = (
        "Split visitors between the old and the new release by the published share: a small "
        "reverse proxy for a first try and for staging. In production use HAProxy or nginx with "
        "zdt_traffic_agent."
    )

    examples = """
manage.py zdt_edge --listen :8000 --pool 1.0=127.0.0.1:8001 --pool 2.0=127.0.0.1:8002
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--listen",
            required=True,
            metavar="HOST:PORT",
            help="Where visitors come in; fd@N for a socket that is bound already.",
        )
        parser.add_argument(
            "--pool",
            action="append",
            required=True,
            metavar="RELEASE=HOST:PORT",
            help="A server of a release. Once for each server, of the old release and the new one.",
        )
        parser.add_argument(
            "--default",
            metavar="RELEASE",
            help="Who serves before the first deployment. The first pool's release if not given.",
        )

    def run(self, **options: Any) -> int:
        try:
            pools = Pools.parse(options["pool"])
            default = options["default"] or next(iter(pools))[0]
            if default not in pools.releases:
                raise ValueError(f"--default {default} has no --pool.")
            listener = serving.listen(options["listen"])
        except (ValueError, OSError) as error:
            self.fail(f"The edge cannot start: {error}", 2)
        self.say_what_is_missing()
        host, port = listener.getsockname()[:2]
        known = {"name": f"zdt_edge at {host}:{port}", "releases": sorted(pools.releases)}
        fleet.report(FACT, lambda: known)
        fleet.join("router")
        self.say(f"Splitting visitors at http://{host}:{port}/; stop with Ctrl-C.")
        try:
            asyncio.run(serving.serve(listener, Proxy(pools, router.current, default)))
        finally:
            fleet.leave()
        return 0
