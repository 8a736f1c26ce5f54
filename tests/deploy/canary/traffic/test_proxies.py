"""Each proxy decides like the application, says what it does, and forgets nothing."""

import asyncio
from dataclasses import replace

import pytest

from tests.deploy.canary.edge.upstream import listening, runs
from tests.deploy.canary.splits import route
from tests.deploy.canary.traffic.proxies import EACH, needs_nginx, releases, running
from tests.deploy.canary.traffic.upstreams import ask, connected, head_of, release
from tests.deploy.canary.traffic.visits import ask as asked
from zdt_core.exceptions import Refused
from zdt_deploy.canary import routing
from zdt_deploy.canary.cookies import jar
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.base import bring, wanted

pytestmark = [pytest.mark.system, pytest.mark.parametrize("kind", EACH)]
NOBODY = (None, "zdt_id=unsigned; zdt_bucket=", "zdt_id=.signature; zdt_bucket=7", "zdt_bucket=-1")
LIES = ("X-Deployment-Version", "x-deployment-version", "X_Deployment_Version")
NOWHERE = {"1.0": ["127.0.0.1:9"], "2.0": ["127.0.0.1:9"]}


def cookies_of(visitor) -> str:
    return f"a=b; zdt_id={visitor.cookie}; zdt_bucket={visitor.bucket}"


@runs
async def test_it_decides_like_the_application(tmp_path, kind):
    visitors = [jar().issue() for _ in range(200)] + [jar().issue("ada.l@example.com")]
    async with listening(release("1.0")) as old, listening(release("2.0")) as new:
        pools = {"1.0": [f"{old[0]}:{old[1]}"], "2.0": [f"{new[0]}:{new[1]}"]}
        with running(kind, tmp_path, pools) as proxy:
            async with connected(proxy.address) as client:
                assert await ask(client, cookies_of(visitors[0])) == ["1.0", "stable"]
            for percentage in ("0.5", "33.333", "50", "0"):
                share = Route.of(stable="1.0", canary="2.0", percentage=percentage, epoch=1)
                await asyncio.to_thread(bring, proxy.driver, share)
                async with connected(proxy.address) as client:
                    for visitor in visitors:
                        track = routing.decide(share, visitor.key)
                        answer = await ask(client, cookies_of(visitor))
                        assert answer == [share.release(track), track]
                    for nobody in NOBODY:
                        assert await ask(client, nobody) == ["1.0", "stable"]
            await asyncio.to_thread(bring, proxy.driver, route(100))
            async with connected(proxy.address) as client:
                assert await ask(client, None) == ["2.0", "canary"]


@runs
async def test_what_clients_say_of_their_track_is_dropped(tmp_path, kind):
    heads = []

    async def serve(reader, writer):
        while head := await head_of(reader):
            heads.append(head.lower())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with listening(serve) as old:
        with running(kind, tmp_path, {"1.0": [f"{old[0]}:{old[1]}"]}) as proxy:
            async with connected(proxy.address) as client:
                await ask(client, None, "".join(f"{name}: canary\r\n" for name in LIES))
    head = next(head for head in heads if b"/health/ready" not in head)
    assert b"canary" not in head
    assert head.count(b"x-deployment-version: stable\r\n") == 1


def test_it_says_itself_what_it_does(tmp_path, kind):
    with running(kind, tmp_path, NOWHERE) as proxy:
        assert proxy.driver.read().threshold == 0
        for share in (route("0.5", valid_for=180), route(75), route(100), route(0)):
            bring(proxy.driver, share)
            found, asked = proxy.driver.read(), wanted(share)
            assert replace(found, valid_for=None) == replace(asked, valid_for=None)
            left = share.valid_for and pytest.approx(share.valid_for, abs=2)
            assert found.valid_for == left


@pytest.mark.long
def test_it_keeps_the_share_when_it_is_reloaded_and_started_again(tmp_path, kind):
    with running(kind, tmp_path, NOWHERE) as proxy:
        bring(proxy.driver, route(60))
        for again in (proxy.reload, lambda: (proxy.end(), proxy.start())):
            again()
            assert proxy.driver.read().threshold == 60_000


def test_a_release_without_servers_is_refused_until_they_are_there(tmp_path, kind):
    with running(kind, tmp_path, {"1.0": NOWHERE["1.0"]}) as proxy:
        with pytest.raises(Refused, match=r"has no servers for 2\.0") as refused:
            bring(proxy.driver, route(5, valid_for=180))
        assert refused.value.code == "proxy_has_no_pool"
        assert proxy.driver.read().threshold == 0
        before = proxy.places.file.stat().st_mtime_ns
        with pytest.raises(Refused):
            bring(proxy.driver, route(5, valid_for=180))
        assert proxy.places.file.stat().st_mtime_ns == before, "what is there is not written again"

        proxy.configure(NOWHERE)
        proxy.end()
        proxy.start()
        bring(proxy.driver, route(5, valid_for=180))
        assert proxy.driver.read().threshold == 5000


def test_one_that_is_down_is_unknown_and_its_file_says_what_to_start_with(tmp_path, kind):
    with running(kind, tmp_path, NOWHERE) as proxy:
        bring(proxy.driver, route(60))
        proxy.close()
        with pytest.raises(Refused) as refused:
            bring(proxy.driver, route(0))
        assert refused.value.code in ("proxy_unreachable", "proxy_refused")
        assert "0|1.0|2.0|99999999999" in proxy.places.file.read_text()


@needs_nginx
def test_a_share_ends_by_the_proxy_s_own_clock(tmp_path, kind):
    with releases(tmp_path) as pools, running(kind, tmp_path, pools) as proxy:
        bring(proxy.driver, route(99, valid_for=180))
        member = "zdt_id=0.signature; zdt_bucket=42000"
        assert asked(proxy.address, [member]) == ["2.0 canary"]
        proxy.driver.set(route(99, valid_for=0.0))  # it ends this second
        assert asked(proxy.address, [member]) == ["1.0 stable"]
        assert proxy.driver.read().threshold == 0
