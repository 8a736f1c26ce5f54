"""The real HAProxy decides like the application, and changes its share without a failed request."""

import asyncio
import re
import shutil
import socket
import subprocess
from contextlib import contextmanager

import pytest

from tests.deploy.canary.edge.upstream import Client, listening, runs
from zdt_deploy.canary import routing
from zdt_deploy.canary.cookies import jar
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.haproxy.configuration import KEY, map_value, render
from zdt_deploy.canary.traffic.haproxy.runtime import Runtime

HAPROXY = shutil.which("haproxy")
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed (apt install haproxy)"),
]
IDS = 1000


def release(name: str):
    """An upstream that says who it is and which track it was told."""

    async def serve(reader, writer):
        while head := await head_of(reader):
            track = re.search(rb"(?i)x-deployment-version: (\w+)", head)
            body = name.encode() + b" " + (track[1] if track else b"none")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    return serve


async def head_of(reader):
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, OSError):
        return b""


@contextmanager
def haproxy(tmp_path, pools):
    """A running HAProxy: its address and its runtime socket."""
    runtime = Runtime(tmp_path / "s", tmp_path / "route.map")
    runtime.map_file.write_text(f"{KEY} {map_value(None, '1.0')}\n")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        configuration = tmp_path / "haproxy.cfg"
        configuration.write_text(
            render(
                bind=f"fd@{listener.fileno()}",
                socket=runtime.path,
                map_file=runtime.map_file,
                pools=pools,
                default="1.0",
            )
        )
        with subprocess.Popen(
            [HAPROXY, "-db", "-f", configuration], pass_fds=[listener.fileno()]
        ) as process:
            try:
                yield listener.getsockname(), runtime
            finally:
                process.terminate()


async def until_up(runtime: Runtime) -> None:
    """The checks' first round: both releases are up."""
    while True:
        try:
            if runtime.ask("show stat").count(",L7OK,") >= 2:
                return
        except OSError:
            pass
        await asyncio.sleep(0.02)


async def ask(client: Client, cookie: str | None, extra: str = "") -> list[str]:
    line = f"Cookie: a=b; zdt_id={cookie}\r\n" if cookie else ""
    answer = await client.ask(f"GET / HTTP/1.1\r\nHost: shop\r\n{line}{extra}\r\n".encode())
    return answer.rpartition(b"\r\n\r\n")[2].decode().split()


@runs
async def test_haproxy_decides_like_the_application(tmp_path):
    visitors = [jar().issue() for _ in range(IDS)] + [jar().issue("ada.l@example.com")]
    async with listening(release("1.0")) as old, listening(release("2.0")) as new:
        pools = {"1.0": [f"{old[0]}:{old[1]}"], "2.0": [f"{new[0]}:{new[1]}"]}
        with haproxy(tmp_path, pools) as (address, runtime):
            await until_up(runtime)
            client = Client(*await asyncio.open_connection(*address))
            assert await ask(client, visitors[0].cookie) == ["1.0", "stable"]
            for percentage in ("0", "0.5", "5", "33.333", "50"):
                route = Route.of(stable="1.0", canary="2.0", percentage=percentage, epoch=1)
                runtime.set(KEY, map_value(route, "1.0"))
                for visitor in visitors:
                    track = routing.decide(route, visitor.key)
                    assert await ask(client, visitor.cookie) == [route.release(track), track]
                for no_id in (None, "unsigned", ".signature"):
                    assert await ask(client, no_id) == ["1.0", "stable"]
                lie = "X-Deployment-Version: canary\r\nX-Zdt-Track: canary\r\n"
                assert await ask(client, None, lie) == ["1.0", "stable"]
            everyone = Route.of(stable="1.0", canary="2.0", percentage=100, epoch=2)
            runtime.set(KEY, map_value(everyone, "1.0"))
            assert await ask(client, None) == ["2.0", "canary"]
            client.writer.close()


@runs
async def test_no_request_fails_while_the_share_moves(tmp_path):
    async with listening(release("1.0")) as old, listening(release("2.0")) as new:
        pools = {"1.0": [f"{old[0]}:{old[1]}"], "2.0": [f"{new[0]}:{new[1]}"]}
        with haproxy(tmp_path, pools) as (address, runtime):
            await until_up(runtime)
            seen = {"1.0": 0, "2.0": 0}
            moving = True

            async def visit() -> None:
                client = Client(*await asyncio.open_connection(*address))
                while moving:
                    seen[(await ask(client, jar().issue().cookie))[0]] += 1
                client.writer.close()

            visits = [asyncio.create_task(visit()) for _ in range(4)]
            for step in range(100):
                route = Route.of(stable="1.0", canary="2.0", percentage=step * 37 % 101, epoch=1)
                runtime.set(KEY, map_value(route, "1.0"))
                await asyncio.sleep(0.005)
            moving = False
            await asyncio.gather(*visits)
    assert min(seen.values()) > 100


@runs
async def test_where_the_canary_is_down_stable_serves(tmp_path):
    async with listening(release("1.0")) as old:
        pools = {"1.0": [f"{old[0]}:{old[1]}"], "2.0": ["127.0.0.1:9"]}
        with haproxy(tmp_path, pools) as (address, runtime):
            while runtime_says(runtime).count(",DOWN,") < 2:  # the server and its backend
                await asyncio.sleep(0.02)
            everyone = Route.of(stable="1.0", canary="2.0", percentage=100, epoch=2)
            runtime.set(KEY, map_value(everyone, "1.0"))
            client = Client(*await asyncio.open_connection(*address))
            assert await ask(client, None) == ["1.0", "canary"]
            client.writer.close()


@runs
async def test_where_every_check_fails_the_servers_are_asked_all_the_same(tmp_path):
    async def not_ready(reader, writer):
        while head := await head_of(reader):
            ok = b"200 OK" if b"/health/" not in head else b"503 No"
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\n1a" % ok)

    async with listening(not_ready) as old:
        with haproxy(tmp_path, {"1.0": [f"{old[0]}:{old[1]}"]}) as (address, runtime):
            while runtime_says(runtime).count(",DOWN,") < 2:
                await asyncio.sleep(0.02)
            client = Client(*await asyncio.open_connection(*address))
            assert await ask(client, None) == ["1a"]
            client.writer.close()


def runtime_says(runtime: Runtime) -> str:
    try:
        return runtime.ask("show stat")
    except OSError:
        return ""


def test_what_haproxy_does_not_take_is_an_error(tmp_path):
    with haproxy(tmp_path, {"1.0": ["127.0.0.1:9"]}) as (_, runtime):
        while not runtime_says(runtime):
            pass
        with pytest.raises(OSError, match="did not take"):
            runtime.set("unheard-of", "1")
