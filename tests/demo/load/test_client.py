import asyncio
import json

import pytest

from demo.load import client as client_module
from demo.load.__main__ import Load
from demo.load.client import Client
from tests.deploy.canary.edge.upstream import CLOSE, OK, Upstream, listening, runs


def browser(host, port):
    return Client(host, port, asyncio.Semaphore(1))


async def ask(upstream: Upstream, *paths: str):
    async with upstream.running() as server:
        client = browser(server.host, server.port)
        answers = [await client.send("GET", path) for path in paths]
        client.leave()
        return answers


@runs
async def test_an_answer_is_read_with_its_track_and_release():
    answer = (
        b"HTTP/1.1 200 OK\r\nX-Deployment-Version: canary\r\nX-Shop-Release: 2.0\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    )
    [(outcome, reply)] = await ask(Upstream([answer]), "/")
    assert (outcome.status, outcome.track, outcome.release) == (200, "canary", "2.0")
    assert (outcome.failed, reply.body) == (False, "ok")


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (CLOSE, "closed without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "truncated in the head"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "truncated in the body"),
        (b"nonsense\r\n\r\n", "not HTTP"),
    ],
)
@runs
async def test_what_is_no_complete_answer_is_a_failure_with_a_name(answer, trouble):
    [(outcome, reply)] = await ask(Upstream([answer]), "/")
    assert (outcome.trouble, outcome.failed, reply) == (trouble, True, None)


@runs
async def test_nobody_listening_and_nobody_answering_are_failures(monkeypatch):
    async with Upstream().running() as gone:
        pass
    outcome, _ = await browser(gone.host, gone.port).send("GET", "/")
    assert "Connect" in outcome.trouble

    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.05)

    async def silent(reader, writer):
        await reader.read()

    async with listening(silent) as address:
        outcome, _ = await browser(*address).send("GET", "/")
    assert outcome.trouble == "TimeoutError"


@runs
async def test_a_connection_closed_between_two_requests_is_no_failure():
    upstream = Upstream([OK], [OK])
    async with upstream.running() as server:
        client = browser(server.host, server.port)
        for _ in range(2):
            outcome, _ = await client.send("GET", "/")
            assert not outcome.failed
            while client._streams and not client._streams[0].at_eof():
                await asyncio.sleep(0.001)
        client.leave()
    assert upstream.connections == 2


@runs
async def test_cookies_are_sent_back_until_they_are_taken_away_or_the_visitor_leaves():
    def setting(cookie: str) -> bytes:
        head = f"HTTP/1.1 200 OK\r\nSet-Cookie: {cookie}; Path=/\r\nContent-Length: 0\r\n\r\n"
        return head.encode()

    upstream = Upstream([setting("a=1"), setting('a=""; Max-Age=0'), OK])
    await ask(upstream, "/", "/", "/")
    assert [b"Cookie: a=1" in raw for raw in upstream.received] == [False, True, False]


@runs
async def test_a_load_ends_when_told_to_and_accounts_for_every_request(capsys):
    shelf = b'<a href="/products/kite/">'
    page = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(shelf), shelf)
    upstream = Upstream([page] * 1000)
    async with upstream.running() as server:
        load = Load(server.host, server.port, rate=500, visitors=5, at_once=2)
        running = asyncio.create_task(load.run())
        while len(upstream.received) < 30:
            await asyncio.sleep(0.005)
        load.over.set()
        await running
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["final"] is True
    assert (last["requests"], last["failed"]) == (len(upstream.received), 0)
