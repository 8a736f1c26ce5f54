import threading

import pytest
from django.db import connection

from tests.core.pulse.waiting import until
from zdt_core import fast_copy, fleet, identity, pulse
from zdt_core.events import Actor
from zdt_core.exceptions import ConfigurationError
from zdt_core.fleet import glimpse, membership
from zdt_core.fleet.models import Process


@pytest.fixture
def away(settings, transactional_db):
    """PostgreSQL and Redis answer nobody."""
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")  # every thread's connection
    yield
    connection.settings_dict.update(before)
    connection.close()


@pytest.fixture
def quiet_pulse(monkeypatch):
    """Joining starts no thread: the test takes the turns."""
    monkeypatch.setattr(pulse, "start", lambda: None)


@pytest.mark.django_db
def test_a_joined_process_is_a_live_member(quiet_pulse, me):
    fleet.join("web")
    pulse.run_once("fleet")

    member = fleet.member(me)
    assert (member.role, member.standing) == ("web", fleet.Standing.LIVE)
    assert member.release == identity.release()
    assert fleet.joined()


@pytest.mark.django_db
def test_orders_travel_on_the_beat_and_are_told_as_done_at_once(quiet_pulse, me):
    heard = []
    fleet.on_command("drain", lambda: heard.append("drain"))
    fleet.join("web")
    pulse.run_once("fleet")
    fleet.order(me, "drain", actor=Actor.system("test"))
    pulse.run_once("fleet")

    assert heard == ["drain"]
    assert not fleet.member(me).command_pending


@pytest.mark.django_db
def test_reports_and_acknowledgements_travel_on_the_beat(quiet_pulse, me):
    fleet.report("in_flight", lambda: 3)
    fleet.acknowledge("share:shop", 12)
    fleet.join("web")
    pulse.run_once("fleet")

    member = fleet.member(me)
    assert (member.in_flight, member.acknowledged) == (3, {"share:shop": 12})


@pytest.mark.django_db
def test_leaving_is_the_last_act(quiet_pulse, me):
    fleet.join("web")
    pulse.run_once("fleet")
    fleet.leave()
    fleet.leave()

    assert fleet.member(me).standing is fleet.Standing.GONE
    assert not fleet.joined()
    assert "fleet" not in pulse.status()


@pytest.mark.django_db
def test_the_cheap_view_shows_who_beat_lately(quiet_pulse, me, settings):
    settings.ZDT_SERVICE = "glimpsed"
    fleet.join("worker")
    pulse.run_once("fleet.copy")

    (seen,) = glimpse.read("test", "glimpsed")
    assert (seen["instance"], seen["role"]) == (me, "worker")
    assert 0 < fast_copy.client().ttl(f"zdt:p:test:glimpsed:{me}") <= 15

    fleet.leave()
    assert glimpse.read("test", "glimpsed") == []


def test_a_key_that_expired_leaves_the_cheap_view(settings):
    redis = fast_copy.client()
    redis.sadd("zdt:p:test:expired", "dead")

    assert glimpse.read("test", "expired") == []
    assert not redis.exists("zdt:p:test:expired")


def test_a_process_joins_and_leaves_while_everything_is_away(away):
    fleet.join("web")
    until(lambda: pulse.status()["fleet"].error.startswith("OperationalError"))
    until(lambda: pulse.status()["fleet.copy"].error.startswith("ConnectionError"))

    assert pulse.running()
    fleet.leave()
    assert not pulse.running()


def test_a_beat_that_hangs_does_not_keep_a_process_from_ending(monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(membership.row, "write", lambda *args: gate.wait(10))
    monkeypatch.setattr(membership.row, "sign_off", lambda report: pytest.fail("asked again"))
    monkeypatch.setattr(pulse.driver, "STOP_TIMEOUT", 0.05)
    fleet.join("web")
    until(lambda: pulse.status()["fleet"].running_for is not None)
    fleet.leave()
    gate.set()

    assert not fleet.joined()


def test_an_unknown_role_is_an_error():
    with pytest.raises(ValueError, match="A role is one of web"):
        fleet.join("wbe")


def test_joining_without_a_release_is_an_error(settings):
    settings.ZDT_VERSION = None

    with pytest.raises(ConfigurationError):
        fleet.join("web")

    assert not fleet.joined()


@pytest.mark.django_db(transaction=True)
def test_the_pulse_beats_for_a_member(me, settings):
    settings.ZDT_FLEET_BEAT_SECONDS = 0.01
    fleet.join("web")
    until(lambda: Process.objects.filter(instance=me).exists())
    first = Process.objects.get(instance=me).seen_at

    until(lambda: Process.objects.get(instance=me).seen_at > first)
    membership.leave()

    assert Process.objects.get(instance=me).left_at is not None
