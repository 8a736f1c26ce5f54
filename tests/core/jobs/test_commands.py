"""The two commands."""

import json
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.core.factories import RunFactory
from zdt_core import fleet, identity
from zdt_core.jobs import leases, ticker
from zdt_core.management.commands import zdt_worker

pytestmark = pytest.mark.django_db


def test_one_tick_for_cron(rings, capsys):
    run = RunFactory()

    call_command("zdt_ticker", "--once", "--json")

    answer = json.loads(capsys.readouterr().out)
    assert (answer["leading"], answer["rung"]) == (True, 1)
    assert rings() == [run.pk]
    assert leases.taken(["ticker"]) == set()


def test_one_tick_beside_another_ticker(rings, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(identity, "instance", lambda: "another")
        leases.hold(ticker.NAME, 3)

    call_command("zdt_ticker", "--once")

    assert "Another ticker is at work" in capsys.readouterr().out
    assert leases.taken(["ticker"]) == {"ticker"}


def test_a_ticker_joins_the_fleet_and_leaves_it(monkeypatch, capsys):
    steps = []
    monkeypatch.setattr(fleet, "join", steps.append, raising=False)
    monkeypatch.setattr(fleet, "leave", lambda: steps.append("left"), raising=False)
    monkeypatch.setattr(ticker, "run", lambda: steps.append("ran"))
    monkeypatch.setattr("zdt_core.jobs.stopping.install", lambda: None)

    call_command("zdt_ticker")

    assert steps == ["ticker", "ran", "left"]


def test_a_worker_serves_its_queue_as_a_member_of_the_fleet(monkeypatch, capsys):
    steps = []
    monkeypatch.setattr(fleet, "join", steps.append, raising=False)
    monkeypatch.setattr(fleet, "leave", lambda: steps.append("left"), raising=False)
    monkeypatch.setattr(zdt_worker.connections, "close_all", lambda: steps.append("closed"))
    monkeypatch.setattr(zdt_worker, "serve", lambda queue, may_go_on: steps.append(queue))
    monkeypatch.setattr("zdt_core.jobs.stopping.install", lambda: None)

    call_command("zdt_worker", queue="zdt-monitor")

    assert steps == ["worker", "closed", "zdt-monitor", "left"]


def test_a_worker_of_an_unknown_queue_is_turned_away():
    with pytest.raises(CommandError, match="invalid choice: 'mail'"):
        call_command("zdt_worker", "--queue", "mail")


def test_a_child_is_this_command_line_for_one_queue(monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python", "-X", "dev", "manage.py", "zdt_worker"])

    child = zdt_worker._child("zdt")

    assert child[:5] == [sys.executable, "-X", "dev", "manage.py", "zdt_worker"]
    assert child[5:8] == ["--queue", "zdt", "--supervisor"]
