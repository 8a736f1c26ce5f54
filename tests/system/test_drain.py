"""A server is replaced under load and nobody notices."""

import signal

import pytest

from tests.system import servers
from tests.system.balancer import Balancer
from tests.system.drill import eventually
from tests.system.steady_load import Load

pytestmark = pytest.mark.system

# the others take the same way through our hooks, and are left to the long run
WORKERS = [
    "gthread",
    pytest.param("sync", marks=pytest.mark.long),
    pytest.param("asgi", marks=pytest.mark.long),
]


@pytest.fixture(autouse=True)
def nobody_yet(drill):
    drill.do("TRUNCATE zdt_core_process, zdt_core_event")


def roll(drill, old, new):
    """Stop ``old`` under load; the load, and the seconds that it took."""
    servers.wait_until_up(old, new)
    with Balancer(old.port, new.port) as balancer:
        eventually(lambda: len(balancer.up()) == 2, "both servers to be up")
        with Load(balancer.port) as load:
            eventually(lambda: load.served > 100, "the load to run")
            old.send(signal.SIGTERM)
            assert old.code() in (0, -signal.SIGTERM)  # uvicorn ends by the signal that it got
            served = load.served
            eventually(lambda: load.served > served + 50, "the load to go on")
    return load


@pytest.mark.parametrize("worker", WORKERS)
def test_a_server_that_is_stopped_under_load_fails_no_request(drill, worker):
    old, new = servers.gunicorn(drill, worker), servers.gunicorn(drill, worker, workers=1)
    load = roll(drill, old, new)

    assert load.failures == []
    assert load.served > 150

    # what the fleet saw: the old processes drained, finished and signed off
    (left,) = drill.rows(
        "SELECT count(*), bool_and(draining), sum(in_flight) FROM zdt_core_process "
        "WHERE left_at IS NOT NULL"
    )
    assert left == (2, True, 0)
    assert drill.number("SELECT count(*) FROM zdt_core_process WHERE left_at IS NULL") == 1
    started = drill.rows("SELECT actor_name, reason FROM zdt_core_event")
    assert started == [("gunicorn", "SIGTERM")], "two workers, one server, one event"


@pytest.mark.long
def test_uvicorn_that_is_stopped_under_load_fails_no_request(drill):
    load = roll(drill, servers.uvicorn(drill), servers.uvicorn(drill))

    assert load.failures == []


@pytest.mark.long
@pytest.mark.parametrize("worker", ["gthread", "sync"])
def test_without_our_hooks_the_same_load_fails(drill, worker):
    old = servers.gunicorn(drill, worker, hooks=False)
    load = roll(drill, old, servers.gunicorn(drill, worker, workers=1))

    assert load.failures != [], "this test is too blunt to show anything"


@pytest.mark.long
def test_a_drain_that_is_too_short_fails_requests(drill):
    old = servers.gunicorn(drill, DRILL_DRAIN_WAIT="0")
    load = roll(drill, old, servers.gunicorn(drill, workers=1))

    assert load.failures != [], "this test is too blunt to show anything"


def test_a_server_boots_serves_and_stops_while_postgresql_and_redis_are_away(drill):
    server = servers.gunicorn(
        drill,
        workers=1,
        DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing",
        REDIS_URL="redis://127.0.0.1:1/0",
        DRILL_DRAIN_WAIT="0.1",
    )
    servers.wait_until_up(server, path="/quick")

    assert server.get("/health/live") == (200, "OK")
    assert server.get("/health/ready")[0] == 503
    server.send(signal.SIGTERM)
    assert server.code() == 0


@pytest.mark.long
def test_a_whole_server_drains_by_request_command_or_order(drill):
    server = servers.gunicorn(drill)
    servers.wait_until_up(server)
    token = {"Authorization": "Bearer token-of-the-drill"}
    drill.environment["DJANGO_SETTINGS_MODULE"] = servers.SETTINGS

    assert server.get("/health/drain", "POST", **token)[0] == 200
    # both workers answer: so many probes of one alone are out of the question
    eventually(lambda: not server.is_up(), "the first refusal")
    eventually(lambda: all(not server.is_up() for _ in range(30)), "every worker to drain", 5)
    assert server.get("/health/live")[0] == 200
    eventually(lambda: server.get("/quick")[0] == 503, "requests to be refused")

    assert "Serving again" in drill.manage("zdt_drain", "--cancel")
    eventually(lambda: all(server.is_up() for _ in range(30)), "every worker to serve", 5)

    drill.manage("zdt_drain", "--wait", "--reason", "host goes down")
    assert server.get("/quick")[0] == 503
    eventually(
        lambda: (
            drill.rows("SELECT kind FROM zdt_core_event ORDER BY id")
            == [("drain.started",), ("drain.cancelled",), ("drain.started",)]
        ),
        "the record",
    )
