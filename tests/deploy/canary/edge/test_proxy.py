import asyncio

import pytest

from tests.deploy.canary.edge.upstream import CLOSE, OK, Upstream, edge, listening, runs
from zdt_deploy.canary.edge import exchange, pools
from zdt_deploy.canary.edge.pools import Server
from zdt_deploy.canary.routing import Route

POST = b"POST /checkout/ HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n"


@runs
async def test_requests_of_a_client_share_one_connection_to_the_server():
    upstream = Upstream()
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        client = await connect()
        for _ in range(3):
            assert (await client.get()).endswith(b"ok")
    assert (upstream.connections, len(upstream.received)) == (1, 3)


@runs
async def test_a_read_on_a_used_connection_that_dies_unanswered_is_sent_again_once():
    upstream = Upstream([OK, CLOSE], [OK])
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        client = await connect()
        assert (await client.get("/first")).endswith(b"ok")
        assert (await client.get("/second")).endswith(b"ok")
    assert [raw.split()[1] for raw in upstream.received] == [b"/first", b"/second", b"/second"]


@runs
async def test_a_read_is_not_sent_a_third_time():
    upstream = Upstream([OK, CLOSE], [CLOSE])
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        client = await connect()
        await client.get()
        assert (await client.get()).startswith(b"HTTP/1.1 502")
    assert len(upstream.received) == 3


@runs
async def test_a_request_with_effects_gets_a_fresh_connection_and_is_never_sent_twice():
    upstream = Upstream([OK, OK], [CLOSE])
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        client = await connect()
        await client.get()
        assert (await client.ask(POST)).startswith(b"HTTP/1.1 502")
    assert upstream.connections == 2
    assert [raw.split()[0] for raw in upstream.received] == [b"GET", b"POST"]


@runs
async def test_connections_that_nobody_uses_again_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(pools, "MOST_SPARE", 2)
    upstream = Upstream()
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        client = await connect()
        for _ in range(10):
            await client.ask(POST)
        assert len(server.spare) == 2
        monkeypatch.setattr(pools, "SPARE_SECONDS", -1.0)
        await client.ask(POST)
        assert len(server.spare) == 0


@runs
async def test_a_server_that_refuses_connections_was_sent_nothing_so_the_next_one_serves():
    upstream = Upstream()
    async with Upstream().running() as gone:
        pass
    async with upstream.running() as server, edge({"1.0": [gone, server]}) as connect:
        for _ in range(2):
            assert (await (await connect()).ask(POST)).endswith(b"ok")
    assert len(upstream.received) == 2


@runs
async def test_visitors_are_split_by_their_cookie_and_the_upstream_is_told():
    route = Route.of(stable="1.0", canary="2.0", percentage=100, epoch=1)
    stable, canary = Upstream(), Upstream()
    async with stable.running() as old, canary.running() as new:
        shares = [route.shut(), route]
        servers = {"1.0": [old], "2.0": [new]}
        async with edge(servers, lambda: shares[0]) as connect:
            client = await connect()
            await client.get("/before")
            shares.pop(0)
            await client.get("/after")
    assert b"X-Deployment-Version: stable" in stable.received[0]
    assert b"X-Deployment-Version: canary" in canary.received[0]


@runs
async def test_where_no_server_of_a_track_is_up_the_other_track_serves():
    route = Route.of(stable="1.0", canary="2.0", percentage=100, epoch=1)
    upstream = Upstream()
    async with upstream.running() as old:
        servers = {"1.0": [old], "2.0": [Server("127.0.0.1", 9)]}
        async with edge(servers, lambda: route) as connect:
            assert (await (await connect()).get()).endswith(b"ok")


@runs
async def test_where_every_server_fails_its_checks_they_are_asked_all_the_same():
    upstream = Upstream()
    async with upstream.running() as server:
        server.up = False
        async with edge({"1.0": [server]}) as connect:
            assert (await (await connect()).get()).endswith(b"ok")


@runs
async def test_without_any_server_the_client_is_told_to_come_back():
    async with edge({"1.0": [Server("127.0.0.1", 9)]}) as connect:
        answer = await (await connect()).get()
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"Retry-After: 1" in answer
    assert b"No server of 1.0 takes connections." in answer


@runs
async def test_a_chunked_answer_arrives_as_it_was_sent():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    upstream = Upstream([chunked, OK])
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        client = await connect()
        client.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await client.reader.readuntil(b"0\r\n\r\n")).endswith(b"2\r\nok\r\n0\r\n\r\n")
        assert (await client.get()).endswith(b"ok")
    assert upstream.connections == 1


@runs
async def test_an_answer_that_breaks_off_reaches_the_client_broken_off():
    async def half(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

    async with listening(half) as address, edge({"1.0": [Server(*address, up=True)]}) as connect:
        client = await connect()
        client.writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await client.reader.read()).endswith(b"\r\n\r\nhalf")


@runs
async def test_bodies_are_passed_on_and_the_client_may_go_on():
    post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=1"
    upstream = Upstream()
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        client = await connect()
        for _ in range(2):
            assert (await client.ask(post)).endswith(b"ok")
    assert [raw[-3:] for raw in upstream.received] == [b"a=1", b"a=1"]


@runs
async def test_a_client_that_waits_for_permission_to_send_its_body_gets_it():
    head = b"POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    upstream = Upstream()
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        client = await connect()
        client.writer.write(head)
        assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        assert (await client.ask(b"a=1")).endswith(b"ok")
    assert b"Expect" not in upstream.received[0]


@runs
async def test_a_client_that_breaks_off_its_body_ends_the_upstreams_request_too():
    seen = asyncio.Event()

    async def reads_all(reader, writer):
        assert (await reader.read()).endswith(b"half")
        seen.set()

    server = None
    async with listening(reads_all) as address:
        server = Server(*address, up=True)
        async with edge({"1.0": [server]}) as connect:
            client = await connect()
            client.writer.write(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf")
            client.writer.close()
            await seen.wait()


@runs
async def test_a_server_that_takes_too_long_is_reported_as_such(monkeypatch):
    monkeypatch.setattr(exchange, "ANSWER_SECONDS", 0.05)

    async def silent(reader, writer):
        await reader.read()

    async with listening(silent) as address, edge({"1.0": [Server(*address, up=True)]}) as connect:
        assert (await (await connect()).get()).startswith(b"HTTP/1.1 504")


@runs
async def test_a_server_that_speaks_no_http_is_reported_as_such():
    upstream = Upstream([b"nonsense\r\n\r\n"])
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        assert (await (await connect()).get()).startswith(b"HTTP/1.1 502")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
    ],
)
@runs
async def test_a_client_that_speaks_no_http_is_told_and_no_server_sees_it(raw, status):
    upstream = Upstream()
    async with upstream.running() as server, edge({"1.0": [server]}) as connect:
        assert (await (await connect()).ask(raw)).split()[1] == status
    assert upstream.received == []
