"""A web process of one release: it serves the visitors that its router sends to that release.

The router, the metering and the fleet are the real ones; only sockets are left out. A visitor is
routed by every process alike and served by the one whose release it is; where the split names no
release, the balancer reaches any process.
"""

import signal
import time

from django.core.management.base import BaseCommand

from zdt_core import fleet, identity
from zdt_core.metering.ledger import ledger
from zdt_deploy.canary.router import router
from zdt_deploy.canary.routing import decide

VISITORS = [f"visitor-{number}" for number in range(1000)]
ROUND = 0.1


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument(
            "--errors", type=float, default=0.0, help="Share of requests that fail."
        )
        parser.add_argument("--rounds", type=int, default=5, help="Every n-th visitor comes.")

    def handle(self, *args, errors, rounds, **options):
        fleet.join("web")
        stopped = []
        signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
        turn, failed_of_hundred = 0, round(errors * 100)
        while not stopped:
            turn += 1
            route = router.current()
            for number, visitor in enumerate(VISITORS[turn % rounds :: rounds]):
                if route and route.release(decide(route, visitor)) in ("", identity.release()):
                    failed = (number * 37 + turn) % 100 < failed_of_hundred
                    ledger.requests.append((0.02, failed, False))
            time.sleep(ROUND)
        fleet.leave()
