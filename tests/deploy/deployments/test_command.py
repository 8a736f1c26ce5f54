"""`manage.py zdt_deployment`: what a pipeline sees, and what bad input leaves as it was."""

import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.deploy.factories import DeploymentFactory, PlanFactory, VerdictFactory, alive
from zdt_core import database
from zdt_core.events import Event
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.management.commands import zdt_deployment

pytestmark = pytest.mark.django_db
HERE = ("--service", "shop")


@pytest.fixture
def run():
    """Runs the command as a shell would: (exit code, stdout, stderr)."""

    def run(*words):
        out = io.StringIO()
        try:
            call_command("zdt_deployment", *words, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        except SystemExit as end:
            return end.code, out.getvalue(), ""
        return 0, out.getvalue(), ""

    return run


@pytest.fixture
def fails(run, everything):
    """Runs the command, and expects one line on stderr, that exit code and nothing changed."""

    def fails(code, *words):
        before = everything()
        found, out, error = run(*words)
        assert (found, out) in ((code, ""), (code, _said_aloud()))
        assert error
        assert "\n" not in error
        assert everything() == before
        return error

    return fails


@pytest.fixture
def fleet():
    alive("1.0", "2.0")


def _said_aloud():
    row = Deployment.objects.first()
    return f"{row.pk} ({row.service} in {row.environment})\n" if row else ""


# ---- start ----


def test_a_start_says_where_it_stands(run, fleet):
    code, out, _ = run("start", "2.0", *HERE)
    deployment = Deployment.objects.get()
    assert (code, deployment.state) == (0, "shifting")
    assert f"{deployment.pk} (shop in test)" in out
    assert "5 % of users are being sent to 2.0" in out
    assert deployment.started_by.startswith("shell:")


def test_a_start_takes_everything_that_a_plan_holds(run, fleet):
    code, _, _ = run(
        "start", "2.0", *HERE, "--steps", "10,50:2h,100", "--bake", "10m", "--interval", "30s",
        "--minimum-sample", "500", "--window", "48h", "--set", "max_p95_delta_ms=100",
        "--set", "valid_seconds=5m", "--set", 'metrics=[{"name": "orders"}]', "--reason", "why not",
        "--from", "1.0",
    )  # fmt: skip
    deployment = Deployment.objects.get()
    plan = deployment.plan
    assert code == 0
    assert [(s["percentage"], s["bake_seconds"]) for s in plan["steps"]] == [
        ("10", 600), ("50", 7200), ("100", 600),
    ]  # fmt: skip
    assert (plan["interval_seconds"], plan["minimum_sample"]) == (30, 500)
    assert (plan["rollback_window_seconds"], plan["max_p95_delta_ms"]) == (172_800, 100)
    assert (plan["valid_seconds"], plan["metrics"][0]["name"]) == (300, "orders")
    assert (deployment.reason, deployment.previous_version) == ("why not", "1.0")


def test_a_bake_alone_is_for_every_step(run, fleet):
    run("start", "2.0", *HERE, "--bake", "5m")
    assert {step["bake_seconds"] for step in Deployment.objects.get().plan["steps"]} == {300}


def test_a_named_plan_and_what_differs_from_it(run, fleet):
    PlanFactory(name="quick", fields={"minimum_sample": 50, "interval_seconds": 10})
    run("start", "2.0", *HERE, "--plan", "quick", "--interval", "5s")
    plan = Deployment.objects.get().plan
    assert (plan["minimum_sample"], plan["interval_seconds"]) == (50, 5)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plan.toml", 'steps = "10,100:1h"\ninterval_seconds = "5s"\nminimum_sample = 50\n'),
        ("plan.json", '{"steps": "10,100:1h", "interval_seconds": "5s", "minimum_sample": 50}'),
        (
            "plan.json",
            '{"steps": [{"percentage": 10}, {"percentage": 100, "bake_seconds": 3600}],'
            ' "interval_seconds": 5, "minimum_sample": 50}',
        ),
    ],
)
def test_a_plan_from_a_file(run, fleet, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert run("start", "2.0", *HERE, "--plan", str(tmp_path / name))[0] == 0
    plan = Deployment.objects.get().plan
    assert [(s["percentage"], s["bake_seconds"]) for s in plan["steps"]] == [
        ("10", 1800), ("100", 3600),
    ]  # fmt: skip
    assert (plan["interval_seconds"], plan["minimum_sample"]) == (5, 50)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.json", b"{"), ("plan.toml", b"="), ("plan.json", b"\xff"),
        ("plan.json", b"[" * 9999), ("plan.json", b"[]"), ("plan.json", b'{"steps": "x"}'),
        ("plan.toml", b"nofield = 1"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_read_is_wrong_usage(fails, fleet, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert fails(2, "start", "2.0", *HERE, "--plan", str(tmp_path / name))


def test_a_place_where_nobody_is_is_named(fails, fleet):
    text = fails(1, "start", "2.0", "--service", "shop", "--environment", "nowhere")
    assert "for “shop” in nowhere" in text


def test_blue_green(run, fleet):
    run("start", "2.0", *HERE, "--strategy", "blue_green")
    deployment = Deployment.objects.get()
    assert (deployment.strategy, len(deployment.plan["steps"])) == ("blue_green", 1)


def test_the_place_defaults_to_the_settings(run, settings):
    settings.ZDT_SERVICE = "billing"
    alive("1.0", "2.0")
    run("start", "2.0", "--hold", "--from", "1.0")
    deployment = Deployment.objects.get()
    assert (deployment.service, deployment.environment) == ("billing", "test")


def test_artifacts_are_hashed(run, fleet, tmp_path):
    (tmp_path / "web.tar").write_bytes(b"abc")
    run("start", "2.0", *HERE, "--artifact", f"web={tmp_path}/web.tar",
        "--artifact", "worker=sha256:" + "0" * 64)  # fmt: skip
    shipped = {item.name: item.sha256 for item in Deployment.objects.get().artifacts.all()}
    assert shipped["web"].startswith("ba7816bf")
    assert shipped["worker"] == "0" * 64


def test_the_answer_for_machines(run, fleet):
    code, out, _ = run("start", "2.0", *HERE, "--json")
    answer = json.loads(out)
    assert (code, answer["state"], answer["share"], answer["revision"]) == (0, "shifting", "5", 2)
    assert answer["record"]["status"] == "IN_PROGRESS"
    assert "roll_back" in answer["possible"]


def test_recorded_first_and_begun_later(run, fleet):
    run("start", "2.0", *HERE, "--hold")
    DeploymentFactory(version="0.9", completed=True, environment="staging")
    assert run("begin", *HERE)[0] == 0
    assert Deployment.objects.get(version="2.0").state == "shifting"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--steps", "25,5,100"), "5 % follows 25 %"),
        (("--steps", "5,25"), "add 100"),
        (("--steps", "0,100"), "above 0"),
        (("--steps", "5,250"), "not at 250"),
        (("--steps", "nan,100"), "not at nan"),
        (("--steps", "5,x,100"), "“x” in “5,x,100” is no percentage"),
        (("--bake", "30"), "90s, 30m, 2h, 7d"),
        (("--interval", "0s"), "each second"),
        (("--interval", "2m"), "valid_seconds"),
        (("--minimum-sample", "0"), "minimum_sample"),
        (("--plan", "quik"), "There is no plan “quik”"),
        (("--set", "valid_secnds=5m"), "Did you mean “valid_seconds”?"),
        (("--set", "nofield=1"), "A plan has no field “nofield”. It has strategy, steps"),
        (("--plan", "plans/none.toml"), "No such file"),
        (("--plan", "plan.yaml"), "ends in .json or .toml"),
        (("--set", "max_error_delta=NaN"), "max_error_delta"),
        (("--set", "max_error_delta"), "FIELD=VALUE"),
        (("--strategy", "blue_green", "--steps", "5,100"), "Blue-green"),
        (("--artifact", "web=/no/such/file"), "No such file"),
        (("--artifact", "web"), "NAME=PATH"),
        (("--artifact", "web=/"), "is no file"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(fails, fleet, refusals, words, text):
    assert text in fails(2, "start", "2.0", *HERE, *words)
    assert refusals() == []


@pytest.mark.parametrize(
    "words",
    [("start",), ("start", "2.0", "--minimum-sample", "many"), ("start", "2.0", "--strategy", "x"),
     ("fly",), (), ("advance", "--expect-revision", "two"), ("wait", "--until", "dawn")],
)  # fmt: skip
def test_what_the_parser_does_not_know_is_wrong_usage(everything, words):
    before = everything()
    with pytest.raises((CommandError, SystemExit)):
        call_command("zdt_deployment", *words, stdout=io.StringIO())
    assert everything() == before


def test_an_unknown_version_is_refused(fails, refusals):
    alive("1.0")
    assert "No web process of 2.0 is alive" in fails(1, "start", "2.0", *HERE)
    assert [(kind, code) for kind, code, _ in refusals()] == [
        ("deployment.started", "no_live_process")
    ]


def test_a_version_that_cannot_be_one_is_refused(fails):
    fails(1, "start", "2 0", *HERE)


def test_a_duplicate_deployment_is_refused_and_named(fails, fleet, refusals):
    first = DeploymentFactory(version="1.5")
    assert first.pk in fails(1, "start", "2.0", *HERE)
    assert [code for _, code, _ in refusals()] == ["duplicate_deployment"]


def test_an_open_window_is_closed_with_its_own_flag_only(fails, run):
    alive("1.0", "2.0", "3.0")
    DeploymentFactory(baking=True)
    assert "--close-window" in fails(1, "start", "3.0", *HERE)
    assert run("start", "3.0", *HERE, "--close-window")[0] == 0


def test_a_refusal_for_machines(run, fleet):
    DeploymentFactory(version="1.5")
    err = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("zdt_deployment", "start", "2.0", *HERE, "--json", stderr=err)
    answer = json.loads(err.getvalue())
    assert (refused.value.returncode, answer["code"]) == (1, "duplicate_deployment")
    assert answer["params"]["version"] == "1.5"


# ---- which one ----


def test_without_an_id_the_one_under_way_is_meant_and_said_aloud(run):
    active = DeploymentFactory()
    DeploymentFactory(completed=True, created_at=database.Now() + timedelta(hours=1))
    DeploymentFactory(service="billing")
    code, out, _ = run("status", *HERE)
    assert code == 0
    assert out.startswith(f"{active.pk} (shop in test)\n5 % of users are on 2.0")
    assert "Revision 1." in out


def test_otherwise_the_latest_is(run):
    DeploymentFactory(completed=True)
    latest = DeploymentFactory(rolled_back=True, created_at=database.Now() + timedelta(hours=1))
    assert latest.pk in run("status", *HERE)[1]


def test_an_id_is_taken_from_anywhere(run):
    other = DeploymentFactory(service="billing")
    code, out, _ = run("status", other.pk)
    assert code == 0
    assert other.pk not in out, "they know which one they named"


def test_where_nothing_was_deployed_nothing_is_meant(fails):
    assert "shop in test" in fails(1, "status", *HERE)
    fails(1, "advance", "deploy-never")


def test_a_status_says_when_nobody_looks(run):
    row = DeploymentFactory.aged(3600)
    VerdictFactory(deployment=row, slot=3, at=database.Now() - timedelta(minutes=10))

    assert (
        "Nobody has judged it for 10 min. Start zdt_worker and zdt_ticker"
        in run("status", *HERE)[1]
    )
    VerdictFactory(deployment=row, slot=4)
    assert "Nobody" not in run("status", *HERE)[1]


def test_a_status_for_machines_has_the_record_and_the_last_verdict(run):
    deployment = DeploymentFactory()
    VerdictFactory(deployment=deployment, slot=1)
    VerdictFactory(deployment=deployment, slot=2, breach=True)
    answer = json.loads(run("status", *HERE, "--json")[1])
    assert answer["record"]["id"] == deployment.pk
    assert (answer["last_verdict"]["slot"], answer["last_verdict"]["outcome"]) == (2, "breach")
    assert json.loads(run("--json", "status", *HERE)[1])["record"] == answer["record"]


def test_a_list_shows_the_newest_first(run):
    first = DeploymentFactory(completed=True, created_at=database.Now() - timedelta(hours=1))
    second = DeploymentFactory()
    elsewhere = DeploymentFactory(service="billing")
    _, out, _ = run("list", *HERE)
    assert out.index(second.pk) < out.index(first.pk)
    assert elsewhere.pk not in out
    assert elsewhere.pk in run("list", "--all")[1]
    listed = json.loads(run("list", *HERE, "--limit", "1", "--json")[1])["deployments"]
    assert [row["id"] for row in listed] == [second.pk]


def test_an_empty_list_says_where_nothing_was(run):
    code, out, _ = run("list", *HERE)
    assert code == 0
    assert "Nothing has been deployed to shop in test." in out


def test_a_list_of_less_than_one_is_wrong_usage(fails):
    fails(2, "list", "--limit", "0")


# ---- steering ----


@pytest.mark.parametrize(
    ("trait", "words", "state"),
    [
        ("observing", ("advance",), "shifting"),
        ("observing", ("pause",), "paused"),
        ("paused", ("resume",), "shifting"),
        ("observing", ("rollback", "--reason", "orders are missing"), "rolling_back"),
        ("baking", ("complete", "--reason", "sure"), "completed"),
        ("pending", ("cancel",), "cancelled"),
        ("stuck", ("retry",), "rolling_back"),
        ("stuck", ("settle", "--reason", "by telephone"), "rolled_back"),
    ],
)
def test_every_word_moves_it(run, fleet, trait, words, state):
    deployment = DeploymentFactory(**{trait: True})
    code, out, _ = run(*words, *HERE)
    assert (code, Deployment.objects.get().state) == (0, state)
    assert deployment.pk in out
    assert Event.objects.get(refused=False, subject_type="deployment").actor_kind == "shell"


def test_a_move_that_is_not_possible_is_refused(fails, refusals):
    DeploymentFactory(held=True)
    assert "Possible now: pause, roll_back" in fails(1, "advance", *HERE)
    assert [code for _, code, _ in refusals()] == ["illegal_move"]


def test_a_revision_that_is_not_the_present_one_is_refused(fails, run, ada):
    deployment = DeploymentFactory()
    machine.pause(deployment.pk, actor=ada)
    text = fails(1, "rollback", *HERE, "--expect-revision", "1")
    assert "it is paused now, at revision 2" in text
    assert run("rollback", *HERE, "--expect-revision", "2")[0] == 0


def test_going_back_to_a_release_that_is_gone_takes_force(fails, run):
    DeploymentFactory(baking=True)
    assert "Start release 1.0 first" in fails(1, "rollback", *HERE)
    assert run("rollback", *HERE, "--force")[0] == 0


def test_the_window_is_closed_early_only_with_a_reason(fails):
    DeploymentFactory(baking=True)
    assert "--reason" in fails(1, "complete", *HERE)


def test_the_command_is_short():
    lines = Path(zdt_deployment.__file__).read_text().splitlines()
    assert len(lines) <= 60


def test_the_help_names_every_word(run, capsys):
    with pytest.raises(SystemExit):
        zdt_deployment.Command().create_parser("manage.py", "zdt_deployment").parse_args(["-h"])
    shown = capsys.readouterr().out
    for word in ("start", "begin", "status", "list", "wait", "advance", "pause", "resume",
                 "rollback", "retry", "settle", "complete", "cancel"):  # fmt: skip
        assert re.search(rf"^ +{word} ", shown, re.MULTILINE)
