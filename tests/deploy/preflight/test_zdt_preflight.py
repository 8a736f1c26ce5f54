"""`manage.py zdt_preflight`: what a pipeline and a person at a terminal see."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.deploy.factories import DeploymentFactory
from zdt_deploy.preflight import results
from zdt_deploy.preflight.models import PreflightMark, ReleaseMigrations

pytestmark = pytest.mark.django_db
HERE = ("--service", "shop")


@pytest.fixture
def run(monkeypatch):
    """Runs the command as a shell would: (exit code, stdout, stderr). Which migrations this code
    has is known already; to look takes half a second."""
    monkeypatch.setattr("zdt_deploy.preflight.brought._in_code", lambda: (["shop.0001_x"], {}))

    def run(*words):
        out = io.StringIO()
        try:
            call_command("zdt_preflight", *words, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        except SystemExit as end:
            return end.code, out.getvalue(), ""
        return 0, out.getvalue(), ""

    return run


@pytest.fixture
def looks(items):
    items("looks", by_hand=True)
    items("fine", results.passed())


def test_the_bare_command_looks_at_the_release_to_come(run, looks):
    code, out, _ = run()

    assert code == 1
    assert "1.0 of default in test, which is not recorded yet" in out
    assert "looks: Looks" in out
    assert "manage.py zdt_deployment start 1.0 --hold" in out
    assert not PreflightMark.objects.exists()
    assert ReleaseMigrations.objects.get(release="1.0").names == ["shop.0001_x"]


def test_a_clear_list_ends_with_0(run, items):
    items("fine", results.passed())

    code, out, _ = run()
    assert code == 0
    assert "Nothing on the list is in the way of 1.0." in out


def test_unknown_ends_with_1_until_somebody_ticks_it(run, looks, pending):
    code, out, _ = run("check", *HERE)
    assert (code, pending.pk in out) == (1, True)
    assert "manage.py zdt_preflight tick looks" in out

    assert run("tick", "looks", *HERE, "--reason", "both")[0] == 0
    code, out, _ = run("check", *HERE)
    assert code == 0
    assert "tick by" in out
    assert PreflightMark.objects.get().by.startswith("shell:")


def test_a_pipeline_reads_one_object(run, looks, pending):
    code, out, _ = run("check", pending.pk, "--json")

    found = json.loads(out)
    assert code == 1
    assert (found["deployment"], found["phase"], found["result"]) == (
        pending.pk, "before", "unknown",
    )  # fmt: skip
    assert (found["clear"], found["mode"]) == (False, "warn")
    assert [item["name"] for item in found["items"]] == ["looks", "fine"]
    assert found["items"][0]["text"] == "Look."
    assert found["items"][0]["mark"] is None


def test_a_planned_release_is_looked_at_by_its_plan(run):
    code, out, _ = run("check", *HERE, "--release", "2.0", "--steps", "50,100", "--json")

    found = {item["name"]: item for item in json.loads(out)["items"]}
    assert code == 1
    assert found["canary_share"]["code"] == "preflight_first_share"
    assert json.loads(out)["deployment"] is None


def test_another_phase_may_be_asked_for(run, items):
    items("fine", results.passed())
    items("watched", results.failed("x"), phase="during")
    deployment = DeploymentFactory()

    assert run("check", deployment.pk)[0] == 1
    assert run("check", deployment.pk, "--phase", "after")[0] == 0


def test_several_are_waived_at_once_for_one_reason(run, items, pending):
    items("a", results.failed("x"))
    items("b", results.failed("x"))

    assert run("waive", "a", "b", *HERE, "--reason", "known")[0] == 0
    assert run("check", *HERE)[0] == 0
    assert run("withdraw", "a", *HERE)[0] == 0
    assert run("check", *HERE)[0] == 1


BAD = (
    (("tick", "lokks", *HERE), 1, "no item “lokks”"),
    (("waive", "looks", *HERE), 1, "Say why"),
    (("tick", "fine", *HERE), 1, "nobody can tick it"),
    (("withdraw", "looks", *HERE), 1, "no mark"),
    (("tick", "looks", "--deployment", "deploy-x"), 1, "no deployment deploy-x"),
    (("check", "--release", "two words"), 2, "cannot be a release"),
    (("check", "--phase", "never"), 2, "invalid choice"),
    (("check", "--release", "2.0", "--steps", "x"), 2, "no percentage"),
)


def test_bad_input_gets_one_line_that_says_what_to_do(run, looks, pending):
    for words, code, said in BAD:
        found, _out, error = run(*words)
        assert (found, said in error, "\n" in error) == (code, True, False), words

    assert not PreflightMark.objects.exists()


def test_every_item_is_listed(run):
    code, out, _ = run("items")

    assert code == 0
    assert "dashboards" in out
    assert "zdt, or a person (90 d)" in out
    assert {"name", "phase", "by_hand"} <= set(json.loads(run("items", "--json")[1])["items"][0])


def test_starting_says_what_is_open(items):
    from tests.deploy.factories import alive

    items("looks", by_hand=True)
    alive("1.0", "2.0")
    out = io.StringIO()
    call_command("zdt_deployment", "start", "2.0", "--from", "1.0", *HERE, stdout=out)

    assert "Before the deployment: 1 unknown." in out.getvalue()
    assert "zdt_preflight check deploy-" in out.getvalue()
