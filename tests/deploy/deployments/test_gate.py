"""`zdt_deployment gate`, its waiting, and the same by HTTP: only exit code 0 means yes."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from tests.core.factories import TokenFactory, bearer
from tests.deploy.factories import DeploymentFactory, alive
from zdt_core.events import Actor
from zdt_deploy.deployments import batches, machine
from zdt_deploy.deployments.cli import gate
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan

pytestmark = pytest.mark.django_db
ADA, SYSTEM = Actor("user", "ada"), Actor.system("monitor")


@pytest.fixture
def row():
    """Eight old processes, and a step of 25 %."""
    alive(*["1.0"] * 8)
    plan = Plan.default("rolling").to_json()
    return DeploymentFactory(strategy="rolling", plan=plan, shifting=True)


def ask(*words):
    """(exit code, what was printed)"""
    out = io.StringIO()
    try:
        call_command("zdt_deployment", "gate", "--service", "shop", *words, stdout=out)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_an_open_gate_says_how_many(row):
    code, said = ask()
    assert code == 0
    assert "open: So many more processes may be replaced now: 2." in said


def test_a_closed_gate_says_why(row):
    machine.pause(row.pk, actor=ADA, reason="lunch")
    code, said = ask()
    assert (code, "closed: It is paused. ada: lunch" in said) == (1, True)


def test_an_unknown_one_is_neither(settings, row):
    Deployment.objects.update(started_at="2026-01-01T00:00Z")
    code, said = ask()
    assert (code, "unknown: Nobody has judged it" in said) == (2, True)


def test_a_pipeline_reads_json(row):
    code, said = ask("--json")
    found = json.loads(said)
    assert (code, found["answer"], found["most"], found["over"]) == (0, "open", 2, False)
    assert found["fleet"] == {"new": 0, "old": 8, "silent": []}
    assert set(found) == {
        "id", "state", "answer", "code", "params", "sentence", "most", "over", "fleet",
    }  # fmt: skip


def test_a_time_that_cannot_be_read_is_wrong_usage(row):
    code, said = ask("--wait", "soon")
    assert code == 2
    assert "soon" in said


# ---- waiting ----


@pytest.fixture
def follow(row):
    """Waits while ``acts`` happen, one at each pause: (what became of the gate, lines)"""

    def follow(*acts, timeout=60):
        lines, left = [], list(acts)

        def pause(seconds):
            if not left:
                raise AssertionError("It would wait for ever.")
            left.pop(0)()

        return gate.follow(row.pk, timeout, lines.append, pause), lines

    return follow


def nothing():
    pass


def test_it_waits_while_a_pause_lasts_and_says_so_once(row, follow):
    machine.pause(row.pk, actor=ADA, reason="lunch")
    found, lines = follow(nothing, lambda: machine.resume(row.pk, actor=ADA))
    assert (found.answer, lines) == ("open", ["It is paused. ada: lunch"])


def test_it_ends_at_once_when_the_deployment_goes_back(row, follow):
    machine.pause(row.pk, actor=ADA)
    found, _lines = follow(lambda: machine.roll_back(row.pk, actor=ADA, reason="slow"))
    assert (found.answer, found.finding.code) == ("closed", "batch_going_back")


def test_when_the_time_is_up_the_last_answer_counts(row, follow):
    machine.pause(row.pk, actor=ADA)
    found, lines = follow(timeout=0)
    assert (found.finding.code, lines) == ("batch_paused", [])


def test_an_absence_of_the_database_is_borne(row, follow, monkeypatch):
    answers = [OperationalError("gone"), batches.ask(row)]

    def ask(deployment):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(batches, "ask", ask)
    monkeypatch.setattr(gate.database, "connection", lambda: type("", (), {"close": nothing}))
    found, lines = follow(nothing)
    assert (found.answer, lines) == ("open", ["The database does not answer; trying again."])


# ---- by HTTP ----


def test_the_api_answers_the_same(row, client):
    token = bearer(TokenFactory(scopes=["deployments.read"]))
    answer = client.get(f"/zdt/api/deployments/{row.pk}/gate/", headers=token)
    assert answer.status_code == 200
    assert answer.json() == json.loads(ask("--json")[1])


def test_the_api_takes_one_region_back(client):
    alive("1.0", "2.0")
    plan = Plan.default("regional").to_json()
    row = DeploymentFactory(strategy="regional", plan=plan, step=1, regions={"us-east": {}})
    token = bearer(TokenFactory(scopes=["deployments.roll_back"]))
    url = f"/zdt/api/deployments/{row.pk}/rollback/"
    kind = "application/json"
    refused = client.post(url, {"region": "mars"}, headers=token, content_type=kind)
    assert (refused.status_code, refused.json()["code"]) == (409, "region_not_in_plan")
    answer = client.post(url, {"region": "us-east"}, headers=token, content_type=kind)
    assert (answer.status_code, answer.json()["state"]) == (200, "paused")
    assert answer.json()["regions"] == [
        {"region": "us-east", "share": "0", "went_back": True},
        {"region": "eu-west", "share": "30", "went_back": False},
        {"region": "apac", "share": "0", "went_back": False},
        {"region": "", "share": "0", "went_back": False},
    ]


def test_the_command_takes_one_region_back(capsys):
    alive("1.0", "2.0")
    plan = Plan.default("regional").to_json()
    row = DeploymentFactory(strategy="regional", plan=plan, step=1, regions={"us-east": {}})
    out = io.StringIO()
    words = ("rollback", row.pk, "--region", "eu-west", "--reason", "slow there")
    call_command("zdt_deployment", *words, stdout=out)
    assert Deployment.objects.get().state == "paused"
    assert "us-east 10 %, eu-west 0 %, apac 0 %, elsewhere 0 %" in out.getvalue()
