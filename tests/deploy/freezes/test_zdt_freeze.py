"""`manage.py zdt_freeze`, and the words of zdt_deployment about emergencies."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.deploy.factories import DeploymentFactory, EmergencyFactory, FreezeFactory, alive
from zdt_core.events import Event
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes.models import Emergency, Freeze

pytestmark = pytest.mark.django_db
HERE = ("--service", "shop")


@pytest.fixture
def run(own_login):
    """Runs a command as a shell would: (exit code, stdout, stderr)."""

    def run(*words, name="zdt_freeze"):
        out = io.StringIO()
        try:
            call_command(name, *words, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        return 0, out.getvalue(), ""

    return run


@pytest.fixture
def deploy(run):
    return lambda *words: run(*words, name="zdt_deployment")


def test_one_is_set_listed_and_ended(run):
    code, out, _ = run("add", "stock-taking", "--reason", "nobody is there")
    assert (code, "holds. until somebody ends it" in out) == (0, True)
    assert "nobody is there" in run("list")[1]

    code, out, _ = run("end", "stock-taking", "--reason", "done")
    assert (code, "stock-taking: over." in out) == (0, True)
    assert "Nothing is frozen in test" in run("list")[1]
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "freeze.created", "freeze.ended",
    ]  # fmt: skip


def test_times_and_hours_are_those_of_the_zone(run):
    run(
        "add", "peak", "--reason", "x", "--from", "2030-11-28", "--until", "2030-12-03T09:00",
        "--weekly", "fri 16:00-mon 08:00", "--zone", "Europe/Berlin", "--service", "shop",
        "--environment", "production",
    )  # fmt: skip
    row = Freeze.objects.get()
    assert row.begins_at.isoformat() == "2030-11-27T23:00:00+00:00"
    assert row.ends_at.isoformat() == "2030-12-03T08:00:00+00:00"
    assert (row.weekly, row.service, row.environment) == (
        "fri 16:00-mon 08:00", "shop", "production",
    )  # fmt: skip
    shown = run("list", "--environment", "production")[1]
    assert "waits" in shown
    assert "until 2030-12-03 09:00" in shown


def test_machines_read_json(run):
    made = json.loads(run("add", "peak", "--reason", "x", "--for", "2h", "--json")[1])["freeze"]
    assert (made["name"], made["now"], made["created_by"]) == ("peak", "holds", "shell:ada")

    found = json.loads(run("list", "--json")[1])["freezes"]
    assert [row["id"] for row in found] == [made["id"]]


BAD = (
    (("add", "x"), 1, "Say why"),
    (("add", "x", "--reason", "y", "--weekly", "now and then"), 1, "tells no hours"),
    (("add", "x", "--reason", "y", "--until", "tomorrow"), 2, "is no moment"),
    (("add", "x", "--reason", "y", "--until", "2020-01-01"), 1, "would never hold"),
    (("add", "x", "--reason", "y", "--zone", "Atlantis"), 2, "knows no time zone"),
    (("add", "x", "--reason", "y", "--until", "2030-01-01", "--for", "2h"), 2, "not both"),
    (("add", "x", "--reason", "y", "--for", "two hours"), 2, "is no duration"),
    (("end", "nothing", "--reason", "y"), 1, "There is no freeze"),
)


def test_what_is_wrong_is_said_in_one_line(run):
    for words, code, says in BAD:
        found, _, error = run(*words)
        assert (found, says in error, "\n" in error) == (code, True, False), words

    assert not Freeze.objects.exists()


def test_all_shows_every_environment_and_what_is_over(run):
    FreezeFactory(name="here")
    FreezeFactory(name="elsewhere", environment="staging")
    FreezeFactory(name="past", over=True)

    names = [" here ", " elsewhere ", " past "]
    assert [name in run("list")[1] for name in names] == [True, False, False]
    assert all(name in run("list", "--all")[1] for name in names)


# ---- emergencies ----


def test_from_the_request_to_the_review_at_the_shell(run, deploy, own_login):
    alive("1.0", "2.0")
    run("add", "peak", "--reason", "the week that counts")
    code, _, error = deploy("start", "2.0", *HERE, "--from", "1.0")
    assert (code, "“peak” freezes test" in error) == (1, True)

    code, out, _ = deploy("start", "2.0", *HERE, "--from", "1.0", "--emergency", "--reason", "down")
    assert (code, "ada asks that 2.0 goes as an emergency: down." in out) == (0, True)
    code, _, error = deploy("approve", *HERE)
    assert (code, "another person has to approve" in error) == (1, True)
    own_login("bob")
    code, out, _ = deploy("approve", *HERE, "--reason", "seen it")
    assert (code, "Begin it now" in out) == (0, True)
    assert deploy("begin", *HERE)[0] == 0
    deploy("rollback", *HERE, "--reason", "no better")
    Deployment.objects.update(state="rolled_back")
    code, out, _ = deploy("review", *HERE, "--reason", "a test was missing")
    assert (code, "was reviewed by bob: a test was missing" in out) == (0, True)


def test_one_under_way_is_hurried_and_its_status_says_so(deploy, own_login):
    DeploymentFactory()
    FreezeFactory(name="peak")
    assert "“peak” freezes test" in deploy("status", *HERE)[1]
    status = json.loads(deploy("status", *HERE, "--json")[1])
    assert status["frozen"]["code"] == "frozen_until_ended"
    deploy("emergency", *HERE, "--reason", "orders are lost")
    own_login("bob")
    deploy("approve", *HERE)

    assert "it passes freezes and skips observation" in deploy("status", *HERE)[1]
    status = json.loads(deploy("status", *HERE, "--json")[1])
    assert (status["emergency"]["standing"], status["frozen"]) == ("approved", None)


def test_one_may_be_declined(deploy):
    EmergencyFactory()

    code, out, _ = deploy("decline", *HERE, "--reason", "it can wait")

    assert (code, "was declined by ada" in out) == (0, True)
    assert json.loads(deploy("status", *HERE, "--json")[1])["emergency"] is None


def test_a_shared_login_may_ask_in_a_name_and_never_approve(deploy, own_login):
    DeploymentFactory()
    own_login("root")

    assert "Ask with --by" in deploy("emergency", *HERE, "--reason", "down")[2]
    assert deploy("emergency", *HERE, "--reason", "down", "--by", "ada")[0] == 0
    row = Emergency.objects.get()
    assert (row.requested_by, row.requester) == ("shell:root", "ada")
    assert "the login of a machine" in deploy("approve", *HERE)[2]
    assert Emergency.objects.get().approved_at is None


@pytest.mark.parametrize("word", ["approve", "decline", "review"])
def test_without_one_there_is_nothing_to_answer(deploy, word):
    DeploymentFactory()

    code, _, error = deploy(word, *HERE, "--reason", "x")
    assert (code, "Nobody has asked" in error) == (1, True)
