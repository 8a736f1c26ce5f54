"""`manage.py zdt_drill`."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.deploy.drills.stage import Stage
from tests.deploy.factories import DeploymentFactory, DrillFactory
from zdt_deploy.drills import operations
from zdt_deploy.drills.rehearsing import ACTOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch):
    """Runs a command as a shell would: (exit code, stdout, stderr)."""
    monkeypatch.setattr("zdt_core.logins.current", lambda: "ada")

    def run(*words):
        out = io.StringIO()
        try:
            call_command("zdt_drill", *words, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        return 0, out.getvalue(), ""

    return run


def test_one_is_begun_seen_and_listed(run):
    stage = Stage()
    code, out, _ = run("start", "--reason", "monthly")
    assert (code, "Next: a worker publishes 0 %." in out) == (0, True)
    assert (stage.drill.begun_by, stage.drill.reason) == ("shell:ada", "monthly")
    assert run("start")[0] == 1
    assert "A drill is announced or under way" in run("status")[1]


def test_the_history_tells_times_and_the_status_when_the_next_is_due(run):
    DeploymentFactory()
    DrillFactory()

    out = run("history")[1]
    assert "passed" in out
    assert "9.0 s" in out
    assert "The next drill is due in 30 d." in run("status")[1]


def test_an_announced_one_is_called_off(run):
    stage = Stage()
    operations.announce(stage.id, actor=ACTOR)
    assert "It begins in 15 min, unless somebody calls it off." in run("status")[1]

    code, out, _ = run("call-off", "--reason", "load test")
    assert (code, "ada called it off." in out) == (0, True)
    assert run("call-off")[0] == 1


def test_machines_read_json_with_null_for_what_nobody_saw(run):
    DrillFactory(state="unseen", code="drill_stable_unseen", stable_at=None)

    (row,) = json.loads(run("history", "--json")[1])["drills"]
    assert [each["seconds"] for each in row["times"]] == [0.5, 4.0, None]
    assert (row["outcome"], row["times"][2]["held"]) == ("unseen", None)
    assert "unknown" in run("history")[1]
    assert sorted(json.loads(run("status", "--json")[1])) == ["drills", "places"]


def test_where_none_may_be_made_it_says_what_to_do(run, settings):
    settings.ZDT_DRILL_ENVIRONMENTS = []

    assert "ZDT_DRILL_ENVIRONMENTS" in run("status")[1]
    assert "never rehearsed in test" in run("history")[1]
