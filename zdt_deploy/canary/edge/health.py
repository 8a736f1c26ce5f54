"""Active health checks of every server: every 0.5 s, down after two failures, up after one."""

from __future__ import annotations

import asyncio
import logging

from zdt_deploy.canary.edge.heads import BadMessage
from zdt_deploy.canary.edge.pools import Pools, Server

INTERVAL_SECONDS = 0.5
TIMEOUT_SECONDS = 2.0
FALL = 2
logger = logging.getLogger("zdt.edge")

_PROBE = b"GET /health/ready HTTP/1.1\r\nHost: edge-check\r\nConnection: close\r\n\r\n"


async def watch(pools: Pools) -> None:
    """Check all servers for ever."""
    async with asyncio.TaskGroup() as tasks:
        for release, server in pools:
            tasks.create_task(_watch(release, server))


async def _watch(release: str, server: Server) -> None:
    while True:
        if server.checked(await probe(server), FALL):
            logger.info("%s at %s is %s", release, server, "up" if server.up else "down")
        await asyncio.sleep(INTERVAL_SECONDS)


async def probe(server: Server) -> bool:
    """Whether the server says that it is ready."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            link = await server.connect()
            try:
                link.writer.write(_PROBE)
                response = await link.response()
            finally:
                link.close()
    except (OSError, TimeoutError, BadMessage):
        return False
    return response is not None and response.status == 200
