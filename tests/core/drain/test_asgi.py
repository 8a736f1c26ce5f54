import asyncio
import signal

import pytest

from zdt_core import drain
from zdt_core.drain import signals, state
from zdt_core.drain.asgi import lifespan
from zdt_core.fleet import membership


@pytest.fixture(autouse=True)
def own_server(monkeypatch):
    kept = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(signals, "handled_by_master", False)
    yield
    signal.signal(signal.SIGTERM, kept)


@pytest.fixture
def members(monkeypatch):
    calls = []
    monkeypatch.setattr(membership, "join", lambda role: calls.append(f"joined as {role}"))
    monkeypatch.setattr(membership, "leave", lambda: calls.append("left"))
    return calls


async def site(scope, receive, send):
    await send({"type": "the site", "scope": scope["type"]})


async def live(app, between=lambda: None):
    """Drive a lifespan from start to end, with ``between`` in the middle of it."""
    wanted = asyncio.Queue()
    sent = []

    async def send(message):
        sent.append(message["type"])

    task = asyncio.ensure_future(app({"type": "lifespan"}, wanted.get, send))
    await wanted.put({"type": "lifespan.startup"})
    while not sent:
        await asyncio.sleep(0)
    result = between()
    if result is not None:
        await result
    await wanted.put({"type": "lifespan.shutdown"})
    await task
    return sent


def test_a_process_joins_at_its_start_and_leaves_at_its_end(members):
    sent = asyncio.run(live(lifespan(site), lambda: members.append("serves")))

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert members == ["joined as web", "serves", "left"]


def test_another_role_may_be_named(members):
    asyncio.run(live(lifespan(site, role="sockets")))

    assert members[0] == "joined as sockets"


def test_requests_go_to_the_site():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(lifespan(site)({"type": "http"}, None, send))

    assert sent == [{"type": "the site", "scope": "http"}]


def test_sigterm_drains_and_reaches_the_server_after_the_wait(members, settings):
    settings.ZDT_DRAIN_WAIT = 60.0
    stopped, waits = asyncio.Event(), []

    async def serve():
        signal.signal(signal.SIGTERM, lambda number, frame: stopped.set())
        loop = asyncio.get_running_loop()
        # time is not waited for here, only asked for
        loop.call_later = lambda seconds, work: (waits.append(seconds), loop.call_soon(work))

        async def stop():
            signal.raise_signal(signal.SIGTERM)
            assert drain.draining()
            assert not stopped.is_set()
            await stopped.wait()

        await live(lifespan(site), stop)

    asyncio.run(serve())

    assert [50 < seconds <= 60 for seconds in waits] == [True]


def test_a_drain_that_began_earlier_counts(members, settings, drained_for):
    drained_for(60)
    stopped = []

    async def serve():
        signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(1))
        await live(lifespan(site), lambda: signal.raise_signal(signal.SIGTERM))

    asyncio.run(serve())

    assert stopped == [1]


def test_under_a_master_that_waits_sigterm_is_left_alone(members, monkeypatch):
    monkeypatch.setattr(signals, "handled_by_master", True)
    stopped = []

    async def serve():
        signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(1))
        await live(lifespan(site), lambda: signal.raise_signal(signal.SIGTERM))

    asyncio.run(serve())

    assert stopped == [1]
    assert not state.draining()
