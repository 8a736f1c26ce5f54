"""What a member of the fleet costs, and that it needs no session of its own."""

import signal
import time

import pytest

from demo.services import ServicesError
from tests.system import servers
from tests.system.drill import eventually

pytestmark = pytest.mark.system


@pytest.fixture(autouse=True)
def nobody_yet(drill):
    drill.do("TRUNCATE zdt_core_process, zdt_core_event")


def member(drill):
    """The instance id of the only process."""
    return eventually(
        lambda: (drill.rows("SELECT instance FROM zdt_core_process") or [[None]])[0][0], "a member"
    )


def test_a_process_holds_one_session_at_most_and_none_between_beats(drill):
    server = servers.gunicorn(drill, workers=1)
    servers.wait_until_up(server)
    instance, redis = member(drill), drill.redis()
    redis.ping()

    sessions, connections, most = [], [], []
    first = last = seen(drill, instance)
    until = time.monotonic() + 4
    while time.monotonic() < until:
        listed = drill.rows(
            "SELECT pid, state, wait_event, backend_start, left(query, 80) FROM pg_stat_activity "
            "WHERE split_part(application_name, ':', 3) = %s",
            instance,
        )
        sessions.append(len(listed))
        most = max(most, listed, key=len)
        connections.append(len(redis.client_list()) - 1)
        last = seen(drill, instance)

    assert (last - first).total_seconds() > 1.5, "it must have beaten meanwhile"
    assert len(most) <= 1, most
    assert sessions.count(0) > len(sessions) / 2, "a session was held"
    assert max(connections) <= 2, "its own, and that of a health check for a moment"
    assert sorted(connections)[len(connections) // 2] <= 1


@pytest.mark.long
def test_members_live_behind_a_transaction_pooler(drill, services):
    try:
        pooled = services.pgbouncer()
    except ServicesError as error:
        pytest.skip(str(error))
    server = servers.gunicorn(drill, workers=1, DATABASE_URL=pooled)
    servers.wait_until_up(server)
    instance = member(drill)
    first = seen(drill, instance)
    eventually(lambda: seen(drill, instance) > first, "a beat")

    drill.environment |= {"DATABASE_URL": pooled, "DJANGO_SETTINGS_MODULE": servers.SETTINGS}
    assert instance in drill.manage("zdt_fleet")
    drill.manage("zdt_fleet", "drain", instance)
    eventually(lambda: not server.is_up(), "the order to be heard")

    server.send(signal.SIGTERM)
    assert server.code() == 0
    assert drill.number("SELECT left_at IS NOT NULL FROM zdt_core_process")


def seen(drill, instance):
    return drill.number("SELECT seen_at FROM zdt_core_process WHERE instance = %s", instance)
