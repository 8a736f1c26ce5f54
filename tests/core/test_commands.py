import json

import pytest
from django.core.management import CommandError, call_command

from tests.core.factories import ProcessFactory
from zdt_core.drain import marker, servers
from zdt_core.events import Event
from zdt_core.fleet import activity


def run(capsys, *arguments):
    """stdout of a command that works."""
    call_command(*arguments)
    return capsys.readouterr().out


@pytest.mark.django_db
class TestFleet:
    def test_lists_who_is_alive(self, capsys):
        live = ProcessFactory(role="worker", release="2.0")
        gone = ProcessFactory(left=True)
        lines = run(capsys, "zdt_fleet").splitlines()

        assert lines[0].split()[:3] == ["INSTANCE", "ROLE", "SERVICE"]
        assert lines[1].split()[:4] == [live.instance, "worker", "shop", "2.0"]
        assert gone.instance not in "".join(lines)
        assert gone.instance in run(capsys, "zdt_fleet", "--all")

    def test_asks_for_some_only(self, capsys):
        ProcessFactory(instance="aa", release="1.0")
        ProcessFactory(instance="bb", release="2.0")
        told = json.loads(run(capsys, "zdt_fleet", "--json", "--release", "2.0"))

        assert [one["instance"] for one in told["members"]] == ["bb"]
        assert told["members"][0]["standing"] == "live"
        assert told["strangers"] == []

    def test_an_empty_fleet_is_no_error_and_says_how_to_join_it(self, capsys):
        (line,) = run(capsys, "zdt_fleet").splitlines()

        assert "No process has joined." in line
        assert "zdt_core.drain.gunicorn" in line

    def test_a_filter_that_nobody_meets_is_named(self, capsys):
        ProcessFactory(release="1.0")

        assert "No process of release 2.0 is alive." in run(capsys, "zdt_fleet", "--release", "2.0")

    def test_says_so_when_sessions_cannot_be_read(self, capsys, monkeypatch):
        monkeypatch.setattr(activity, "_SESSIONS", "SELECT no_such_column")

        assert "could not be read" in run(capsys, "zdt_fleet")
        assert json.loads(run(capsys, "zdt_fleet", "--json"))["strangers"] is None

    def test_orders_a_process_to_drain(self, capsys):
        process = ProcessFactory()
        run(capsys, "zdt_fleet", "drain", process.instance, "--reason", "host goes down")

        process.refresh_from_db()
        assert process.command == "drain"
        event = Event.objects.get()
        assert (event.actor_kind, event.reason) == ("shell", "host goes down")

    def test_refuses_an_order_to_nobody(self):
        with pytest.raises(CommandError, match="no process nobody") as error:
            call_command("zdt_fleet", "drain", "nobody")

        assert error.value.returncode == 1

    def test_asks_for_the_process(self):
        with pytest.raises(CommandError, match="zdt_fleet drain INSTANCE") as error:
            call_command("zdt_fleet", "drain")

        assert error.value.returncode == 2


@pytest.fixture
def drain_file(tmp_path):
    return tmp_path / "server.drain"


def server(drain_file, **facts):
    """A process on this host whose server has the drain file."""
    from zdt_core import identity

    who = identity.current()
    phase = facts.pop("phase", "SERVING")
    return ProcessFactory(
        release=who.release, service=who.service, environment=who.environment, host=who.host,
        facts={"drain": {"file": str(drain_file), "phase": phase}}, **facts,
    )  # fmt: skip


@pytest.mark.django_db
class TestDrain:
    def test_drains_the_one_server_of_this_host(self, capsys, drain_file):
        server(drain_file)
        server(drain_file)
        ProcessFactory(facts={"drain": {"file": "/elsewhere", "phase": "SERVING"}})

        assert run(capsys, "zdt_drain") == f"Draining: {drain_file}\n"
        assert drain_file.exists()
        assert run(capsys, "zdt_drain") == f"Draining already: {drain_file}\n"
        assert run(capsys, "zdt_drain", "--cancel") == f"Serving again: {drain_file}\n"
        assert not drain_file.exists()

    def test_the_record_tells_who_and_why(self, capsys, drain_file):
        run(capsys, "zdt_drain", "--file", str(drain_file), "--reason", "host goes down")
        (notice,) = marker.notices(drain_file)

        assert notice["actor"][0] == "shell"
        assert notice["reason"] == "host goes down"

    def test_the_setting_names_the_server_without_a_database(self, capsys, drain_file, settings):
        settings.ZDT_DRAIN_FILE = str(drain_file)

        assert json.loads(run(capsys, "zdt_drain", "--json")) == {
            "file": str(drain_file), "changed": True, "in_flight": None,
        }  # fmt: skip

    def test_refuses_without_a_server(self):
        with pytest.raises(CommandError, match="--file") as error:
            call_command("zdt_drain")

        assert error.value.returncode == 1

    def test_refuses_to_choose_between_servers(self, tmp_path):
        server(tmp_path / "one.drain")
        server(tmp_path / "two.drain")

        with pytest.raises(CommandError, match=r"one\.drain, .*two\.drain"):
            call_command("zdt_drain")

    def test_orders_a_process_through_the_fleet(self, capsys):
        process = ProcessFactory()
        run(capsys, "zdt_drain", "--instance", process.instance)

        process.refresh_from_db()
        assert process.command == "drain"

    def test_waits_until_nothing_is_in_flight(self, capsys, drain_file):
        server(drain_file, draining=True, phase="REFUSING")

        assert "Nothing is in flight" in run(
            capsys, "zdt_drain", "--file", str(drain_file), "--wait"
        )

    def test_gives_up_waiting_in_time(self, drain_file, settings):
        settings.ZDT_DRAIN_WAIT = settings.ZDT_DRAIN_FINISH = 0
        server(drain_file, draining=True, phase="OVERDUE", in_flight=2)

        with pytest.raises(CommandError, match="2 requests are still in flight") as error:
            call_command("zdt_drain", "--file", str(drain_file), "--wait")

        assert error.value.returncode == 1

    @pytest.mark.parametrize(
        ("facts", "idle"),
        [
            ({"draining": True, "phase": "REFUSING"}, True),
            ({"draining": True, "phase": "OVERDUE"}, True),
            ({"draining": True, "phase": "DRAINING"}, False),
            ({"draining": True, "phase": "REFUSING", "in_flight": 1}, False),
            ({"draining": False, "phase": "SERVING"}, False),
            ({"left": True}, True),
        ],
    )
    def test_idle_is_who_refuses_and_has_nothing_left(self, drain_file, facts, idle):
        process = server(drain_file, **facts)
        others = server(drain_file, draining=True, phase="REFUSING")

        assert servers.are_idle(servers.members(file=str(drain_file))) is idle
        assert servers.are_idle(servers.members(instance=others.instance)) is idle
        assert process.pk
