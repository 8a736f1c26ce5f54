"""Serves the edge until somebody says stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket

from zdt_deploy.canary.edge import health
from zdt_deploy.canary.edge.pools import LIMIT
from zdt_deploy.canary.edge.proxy import Proxy

DRAIN_SECONDS = 5.0
logger = logging.getLogger("zdt.edge")


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


def listen(address: str) -> socket.socket:
    """A socket that is bound to ``HOST:PORT``, or the inherited one that ``fd@N`` names.

    Raises ValueError when it is neither, OSError when it cannot be bound.
    """
    if address.startswith("fd@"):
        return socket.socket(fileno=int(address.removeprefix("fd@")))
    host, colon, port = address.rpartition(":")
    if not (colon and port.isdigit()):
        raise ValueError(f"--listen is HOST:PORT, such as 127.0.0.1:8000, not {address!r}.")
    return socket.create_server((host or "127.0.0.1", int(port)))
