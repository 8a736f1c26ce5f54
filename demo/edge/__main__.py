"""Starts the edge: ``python -m demo.edge --fd 3 --default 1.0 --pool 1.0=127.0.0.1:8001``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence

import django

from demo.edge import health
from demo.edge.pools import LIMIT, Pools
from demo.edge.proxy import Proxy

DRAIN_SECONDS = 5.0
logger = logging.getLogger("demo.edge")


async def serve(listener: socket.socket, proxy: Proxy) -> None:
    """Serve until SIGTERM or SIGINT, then let requests in flight finish."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    checks = asyncio.create_task(health.watch(proxy.pools))
    server = await asyncio.start_server(proxy.client, sock=listener, limit=LIMIT, backlog=512)
    logger.info("The edge listens at http://%s:%s/", *listener.getsockname()[:2])
    await stop.wait()
    server.close()
    await proxy.drain(DRAIN_SECONDS)
    checks.cancel()


def listen(options: argparse.Namespace) -> socket.socket:
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    host, _, port = options.listen.rpartition(":")
    return socket.create_server((host, int(port)))


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.edge", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--listen", metavar="HOST:PORT")
    where.add_argument("--fd", type=int, help="A socket that is bound already.")
    parser.add_argument("--default", required=True, metavar="RELEASE")
    parser.add_argument("--pool", action="append", required=True, metavar="RELEASE=HOST:PORT")
    return parser.parse_args(arguments)


def main() -> int:
    options = parse()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    django.setup()
    from zdt_core import fleet
    from zdt_deploy.canary import router

    try:
        pools, listener = Pools.parse(options.pool), listen(options)
    except (ValueError, OSError) as error:
        print(f"The edge cannot start: {error}", file=sys.stderr)
        return 2
    fleet.join("router")
    try:
        asyncio.run(serve(listener, Proxy(pools, router.current, options.default)))
    finally:
        fleet.leave()
    return 0


if __name__ == "__main__":
    sys.exit(main())
