import pytest

from tests.deploy.canary.edge.upstream import CLOSE, OK, Upstream, listening, runs
from zdt_deploy.canary.edge import health
from zdt_deploy.canary.edge.pools import Pools, Server


def test_a_server_is_up_after_one_good_check_and_down_after_two_bad_ones():
    server = Server("127.0.0.1", 1)
    states = [
        (server.checked(good, fall=2), server.up)
        for good in (False, True, False, True, False, False, False, True)
    ]
    assert states == [
        (False, False), (True, True), (False, True), (False, True),
        (False, True), (True, False), (False, False), (True, True),
    ]  # fmt: skip


def test_candidates_are_the_first_releases_in_turn_then_the_others_and_at_last_those_down():
    one, two = Server("a", 1, up=True), Server("a", 2, up=True)
    down, other = Server("a", 3), Server("b", 1, up=True)
    pools = Pools({"1.0": [one, two, down], "2.0": [other]})
    first, second = pools.candidates(["1.0", "2.0"]), pools.candidates(["1.0", "2.0"])
    assert first[2:] == second[2:] == [other, down]
    assert set(first[:2]) == {one, two}
    assert first[0] is not second[0]
    assert pools.candidates(["9.9"]) == []


def test_pools_are_read_from_words_and_a_wrong_word_is_quoted():
    pools = Pools.parse(["1.0=127.0.0.1:8001", "1.0=127.0.0.1:8002", "2.0=127.0.0.1:8003"])
    assert [(release, str(server)) for release, server in pools] == [
        ("1.0", "127.0.0.1:8001"), ("1.0", "127.0.0.1:8002"), ("2.0", "127.0.0.1:8003"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"not '1\.0:8001'"):
        Pools.parse(["1.0:8001"])


@pytest.mark.parametrize(
    ("answer", "healthy"),
    [(OK, True), (b"HTTP/1.1 503 No\r\n\r\n", False), (b"nonsense\r\n\r\n", False), (CLOSE, False)],
)
@runs
async def test_a_server_is_healthy_when_it_says_that_it_is_ready(answer, healthy):
    upstream = Upstream([answer])
    async with upstream.running() as server:
        assert await health.probe(server) is healthy
    assert upstream.received[0].startswith(b"GET /health/ready ")


@runs
async def test_a_server_that_is_not_there_or_does_not_answer_is_not_healthy(monkeypatch):
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.05)
    async with Upstream().running() as gone:
        pass
    assert await health.probe(gone) is False

    async def silent(reader, writer):
        await reader.read()

    async with listening(silent) as address:
        assert await health.probe(Server(*address)) is False
