import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core import identity
from zdt_core.exceptions import ConfigurationError

releases = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}", fullmatch=True)


@pytest.fixture(autouse=True)
def pgappname(monkeypatch):
    monkeypatch.setenv("PGAPPNAME", "zdt:before")


def in_a_fork(ask):
    """What ``ask`` returns in a forked child."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, ask().encode())
        finally:
            os._exit(0)
    os.close(write)
    answer = os.read(read, 1000).decode()
    os.close(read)
    os.waitpid(child, 0)
    return answer


def test_an_instance_is_twelve_hex_digits_and_stays():
    assert len(identity.instance()) == 12
    assert int(identity.instance(), 16) >= 0
    assert identity.instance() == identity.instance()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_is_an_instance_of_its_own():
    ours = identity.instance()
    theirs = in_a_fork(identity.instance)

    assert len(theirs) == 12
    assert theirs != ours
    assert identity.instance() == ours


def test_the_settings_say_what_a_process_is(settings):
    settings.ZDT_VERSION, settings.ZDT_SERVICE, settings.ZDT_TRACK = "2.0", "shop", "canary"
    who = identity.current()

    assert (who.release, who.service, who.track) == ("2.0", "shop", "canary")
    assert (who.environment, who.pid, who.instance) == ("test", os.getpid(), identity.instance())


@pytest.mark.parametrize("version", [None, "a:b"])
def test_a_process_without_a_release_is_an_error(settings, version):
    settings.ZDT_VERSION = version

    with pytest.raises(ConfigurationError, match="ZDT_VERSION"):
        identity.release()


@given(releases)
def test_names_of_connections_can_be_read_back_and_fit(release):
    name = f"{identity.PREFIX}{release}:{identity.instance()}"

    assert identity.parse_connection_name(name) == (release, identity.instance())
    assert len(name.encode()) <= 63


@pytest.mark.parametrize(
    "name", ["", "psql", "zdt", "zdt:", "zdt:1.0", "zdt::", "zdt:1.0:", "zdt:1:2:3", "x:1.0:abc"]
)
def test_names_that_zdt_did_not_give(name):
    assert identity.parse_connection_name(name) is None


def test_new_connections_are_named(settings):
    settings.ZDT_VERSION = "2.0"
    identity.announce()

    assert os.environ["PGAPPNAME"] == f"zdt:2.0:{identity.instance()}"


def test_a_name_that_somebody_else_gave_stays(monkeypatch):
    monkeypatch.setenv("PGAPPNAME", "their-own")
    identity.announce()

    assert os.environ["PGAPPNAME"] == "their-own"


def test_without_a_release_connections_keep_their_name(settings, monkeypatch):
    settings.ZDT_VERSION = None
    monkeypatch.delenv("PGAPPNAME")
    identity.announce()

    assert "PGAPPNAME" not in os.environ


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_names_its_own_connections():
    identity.announce()
    release, instance = identity.parse_connection_name(in_a_fork(lambda: os.environ["PGAPPNAME"]))

    assert release == identity.release()
    assert instance != identity.instance()


@pytest.mark.django_db(transaction=True)
def test_postgresql_learns_the_name():
    from django.db import connection

    identity.announce()
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT application_name FROM pg_stat_activity WHERE pid=pg_backend_pid()")
        (name,) = cursor.fetchone()

    assert name == identity.connection_name()
