"""Joining the fleet and draining at SIGTERM for ASGI servers, by the lifespan protocol.

In asgi.py::

    application = lifespan(get_asgi_application())

Servers that fork their workers and stop them one by one (uvicorn --workers) are served, too, and
under gunicorn it leaves SIGTERM to the hooks of `zdt_core.drain.gunicorn`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from zdt_core import fleet
from zdt_core.conf import conf
from zdt_core.drain import signals, state

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


def lifespan(app: App, role: str = "web") -> App:
    """``app`` with a lifespan of ours, which Django has none of."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _live(role, receive, send)
        else:
            await app(scope, receive, send)

    return application


async def _live(role: str, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            fleet.join(role)
            _take_charge_of_sigterm()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await asyncio.to_thread(fleet.leave)
            state.clean_up()
            await send({"type": "lifespan.shutdown.complete"})
            return


def _take_charge_of_sigterm() -> None:
    """After the server has set its own handler, which it does before it starts the lifespan."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if signals.handled_by_master or not in_main_thread:
        return
    loop = asyncio.get_running_loop()

    def later(seconds: float, work: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(loop.call_later, seconds, work)

    signals.delay_sigterm(_begin_drain, later)


def _begin_drain() -> float:
    """The seconds left to wait: a drain that an operator began earlier counts."""
    state.start("SIGTERM", actor=("system", "server"))
    return max(0.0, conf.DRAIN_WAIT - (state.seconds() or 0.0))
