"""Waiting for a deployment: lines when something is new, and an exit code for the pipeline."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from tests.deploy.factories import DeploymentFactory, VerdictFactory
from zdt_core.events import Actor
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.cli import wait
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db
SYSTEM, ADA = Actor.system("monitor"), Actor("user", "ada")


@pytest.fixture
def follow():
    """Follows a deployment while ``acts`` happen, one at each pause. (what became of it, lines)"""

    def follow(deployment, *acts, until="baking", timeout=60):
        lines, left = [], list(acts)

        def pause(seconds):
            if not left:
                raise AssertionError("It would wait for ever.")
            left.pop(0)()

        ended = wait.follow(deployment.pk, until, timeout, lines.append, pause)
        return ended, lines

    return follow


def test_a_line_for_everything_that_is_new_until_it_is_there(follow):
    row = DeploymentFactory(step=2)
    ended, lines = follow(
        row,
        lambda: None,
        lambda: VerdictFactory(deployment=row, slot=7),
        lambda: machine.promote(row.pk, actor=SYSTEM),
    )
    assert ended.state == "baking"
    assert [line.split(":")[0] for line in lines] == [
        "observing", "observing", "  verdict 7", "baking", "  verdict 7",
    ]  # fmt: skip
    assert "50 % of users are on 2.0" in lines[0]
    assert "waiting. Waiting: 10 requests" in lines[2]


def test_what_went_back_ends_the_wait(follow):
    row = DeploymentFactory()
    ended, lines = follow(
        row,
        lambda: machine.roll_back(row.pk, actor=ADA, reason="orders are missing"),
        lambda: machine.finish_rollback(row.pk, actor=SYSTEM),
    )
    assert ended.state == "rolled_back"
    assert "orders are missing" in lines[-1]


def test_until_completed_waits_for_the_window(follow):
    row = DeploymentFactory(baking=True)
    ended, _ = follow(
        row, lambda: machine.complete(row.pk, actor=ADA, reason="sure"), until="completed"
    )
    assert ended.state == "completed"


def test_a_completed_one_has_been_baking(follow):
    assert follow(DeploymentFactory(completed=True))[0].state == "completed"


def test_time_is_up(follow):
    ended, lines = follow(DeploymentFactory(), timeout=0)
    assert ended is None
    assert len(lines) == 1


def test_an_absence_of_the_database_is_borne_and_said_once(follow, monkeypatch):
    row = DeploymentFactory(baking=True)
    real = Deployment.objects.get
    answers = [OperationalError("gone"), OperationalError("gone"), None]

    def get(**given):
        error = answers.pop(0)
        if error:
            raise error
        return real(**given)

    closed = []
    monkeypatch.setattr("zdt_core.database.connection", lambda: Closing(closed))
    monkeypatch.setattr(Deployment.objects, "get", get)
    monkeypatch.setattr("zdt_deploy.deployments.sentences.describe", lambda row: "there")
    ended, lines = follow(row, lambda: None, lambda: None)
    assert ended.state == "baking"
    assert lines == ["The database does not answer; trying again.", "baking: there"]
    assert len(closed) == 2


class Closing:
    def __init__(self, closed):
        self.closed = closed

    def close(self):
        self.closed.append(True)


def run(*words):
    out = io.StringIO()
    try:
        call_command("zdt_deployment", "wait", *words, stdout=out)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


@pytest.mark.parametrize(
    ("trait", "code"), [("baking", 0), ("completed", 0), ("rolled_back", 1), ("cancelled", 1)]
)
def test_the_exit_code_says_how_it_ended(trait, code):
    row = DeploymentFactory(**{trait: True})
    found, out = run(row.pk)
    assert found == code
    assert trait in out
    answer = json.loads(run(row.pk, "--json")[1])
    assert answer["state"] == trait


def test_the_exit_code_of_time_that_is_up_is_2():
    DeploymentFactory()
    code, text = run("--service", "shop", "--timeout", "0s")
    assert code == 2
    assert "was not baking within 0s" in text


def test_a_timeout_that_is_no_duration_is_wrong_usage():
    DeploymentFactory()
    assert run("--service", "shop", "--timeout", "soon")[0] == 2


def test_nothing_to_wait_for_is_refused():
    assert run("--service", "shop")[0] == 1
