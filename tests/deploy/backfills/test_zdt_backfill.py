"""`manage.py zdt_backfill`: what an operator sees, and what bad input leaves as it was."""

import io
import json
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.core.factories import RunFactory
from tests.deploy.factories import BackfillFactory, RangeFactory, RowErrorFactory
from zdt_core.events import Event
from zdt_core.jobs.models import Run
from zdt_deploy import backfills
from zdt_deploy.backfills import declarations, runs
from zdt_deploy.backfills.cli import wait
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.management.commands import zdt_backfill

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    """Runs the command as a shell would: (exit code, stdout, stderr)."""

    def run(*words):
        out = io.StringIO()
        try:
            call_command("zdt_backfill", *words, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        except SystemExit as end:
            return end.code, out.getvalue(), ""
        return 0, out.getvalue(), ""

    return run


@pytest.fixture
def everything():
    """A function that takes a picture of every row a refused attempt must leave as it was."""

    def picture():
        kept = (Backfill, Run, Event.objects.filter(refused=False))
        return [list(getattr(rows, "objects", rows).order_by("pk").values()) for rows in kept]

    return picture


@pytest.fixture
def fails(run, everything):
    """Runs the command, and expects one line on stderr, that exit code and nothing changed."""

    def fails(code, *words):
        before = everything()
        found, out, error = run(*words)
        assert (found, out) == (code, "")
        assert error
        assert "\n" not in error
        assert everything() == before
        return error

    return fails


@pytest.fixture
def totals(monkeypatch):
    """What the apps declare: one backfill by SQL."""
    monkeypatch.setattr(declarations, "_declared", {})
    monkeypatch.setattr(declarations, "_discovered", True)
    return backfills.sql("shop.totals", table="shop_order", set={"total": "round(total, 2)"})


# ---- list ----


def test_without_any_it_says_how_to_declare_one(run, monkeypatch):
    monkeypatch.setattr(declarations, "_declared", {})
    monkeypatch.setattr(declarations, "_discovered", True)

    assert "Declare one in a module `backfills.py` of an app" in run("list")[1]


def test_the_list_shows_the_newest_of_each_name_and_those_that_never_ran(run, totals):
    BackfillFactory(name="shop.mails", failed=True)
    RangeFactory(backfill=BackfillFactory(name="shop.mails"), rows_done=250)
    code, out, _ = run("list")

    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["NAME", "STATE", "DONE"],
        ["shop.mails", "running", "25%"],
        ["shop.totals", "never", "run"],
    ]


def test_all_shows_every_run_and_limit_how_many(run, totals):
    BackfillFactory.create_batch(3, name="shop.totals", failed=True)

    assert run("list", "--all")[1].count("shop.totals") == 3
    assert run("list", "--all", "--limit", "2")[1].count("shop.totals") == 2


def test_the_list_calls_stalled_what_nobody_works_on(run, totals):
    BackfillFactory.aged(600)

    assert "stalled" in run("list")[1]


def test_the_list_tells_what_is_broken_and_goes_on(run, totals):
    backfills.backfill("shop.bad", queryset=lambda: 1 / 0)(print)
    backfills.backfill("shop.odd", queryset=lambda: [])(print)
    backfills.sql("shop.slow", table="shop_order", set={"total": "1"}, lanes=0)
    backfills.sql("n" * 300, table="shop_order", set={"total": "1"})
    code, out, _ = run("list")

    assert code == 0
    told = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert "Its queryset cannot be made: ZeroDivisionError: division by zero" in told["shop.bad"]
    assert "it is []" in told["shop.odd"]
    assert "1 to 64 lanes, not 0" in told["shop.slow"]
    assert "a name of 1 to 200 characters" in told["n" * 300]
    assert told["shop.totals"].startswith("never run")
    assert all(told[name].startswith("broken") for name in ("shop.bad", "shop.odd", "shop.slow"))


def test_the_list_and_show_tell_of_one_that_nobody_brings_further(run, totals):
    backfill = BackfillFactory(name="shop.mails")
    for lane in range(2):
        RunFactory(
            kind=runs.LANE, key=runs.lane_key(backfill.pk, lane), failures=3, last_error="no rate"
        )

    assert run("list")[1].splitlines()[1].split()[:2] == ["shop.mails", "failing"]
    assert "): failing. " in run("show", "shop.mails")[1]
    assert "no rate" in run("show", "shop.mails")[1]

    Run.objects.filter(key=runs.lane_key(backfill.pk, 0)).update(failures=0)
    assert run("list")[1].splitlines()[1].split()[:2] == ["shop.mails", "running"]


def test_the_list_for_machines(run, totals):
    backfill = BackfillFactory()
    told = json.loads(run("list", "--json")[1])

    assert told["never_run"] == ["shop.totals"]
    assert [row["id"] for row in told["backfills"]] == [backfill.pk]
    assert told["backfills"][0]["stalled"] is False


# ---- show ----


@pytest.fixture
def troubled():
    """A backfill with a failed range, one under way, and rows with errors."""
    backfill = BackfillFactory(name="shop.mails", reason="lower case", pacing={"mode": "none"})
    RangeFactory(backfill=backfill, number=0, done=True)
    RangeFactory(backfill=backfill, number=1, failed=True, low=[250], high=[500], cursor=[300])
    RangeFactory(backfill=backfill, number=2, working=True)
    RowErrorFactory.create_batch(12, backfill=backfill, error="too long")
    RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, 0), held=True, rate=50.0)
    return backfill


def test_show_says_how_far_why_and_what_failed(run, troubled):
    code, out, _ = run("show", "shop.mails")

    assert code == 0
    assert "shop.mails (number" in out
    assert "): running. It goes through the rows of shop_user." in out
    assert "Rows that could not be done: 12." in out
    assert "250 of about 1,000 rows, 50 rows/s, about 15 s left" in out
    assert "range 1 is failed: keys after 250 up to 500, done up to 300" in out
    assert "division by zero" in out
    assert "range 2" not in out
    assert "user_email = lower(user_email)" in out
    assert "Pacing: none. Lanes: 1." in out
    assert "Started by user:ada: lower case" in out
    assert "lane 1: at work somebody" in out
    assert out.count("too long") == 10
    assert "show them with --errors" in out


def test_show_has_every_range_and_error_when_asked(run, troubled):
    out = run("show", "shop.mails", "--ranges", "--errors")[1]

    assert "range 2 is working" in out
    assert out.count("too long") == 12


def test_show_for_machines(run, troubled):
    told = json.loads(run("show", "shop.mails", "--json")[1])

    assert (told["state"], told["rows_done"], told["fraction"]) == ("running", 250, 0.25)
    assert [row["number"] for row in told["failed_ranges"]] == [1]
    assert told["failed_ranges"][0]["low"] == [250]
    assert len(told["row_errors"]) == 10
    assert told["stalled"] is False


def test_a_name_means_the_live_one_and_a_number_any(run):
    over = BackfillFactory(name="shop.mails", succeeded=True)
    live = BackfillFactory(name="shop.mails")
    BackfillFactory(name="shop.mails", failed=True)

    assert json.loads(run("show", "shop.mails", "--json")[1])["id"] == live.pk
    assert json.loads(run("show", str(over.pk), "--json")[1])["id"] == over.pk


@pytest.mark.parametrize("word", ["show", "pause", "resume", "cancel", "retry", "wait"])
@pytest.mark.parametrize("name", ["nothing", "0", "9" * 30])
def test_an_unknown_one_is_refused(fails, word, name):
    assert "There never was a backfill" in fails(1, word, name)


def test_one_that_nobody_works_on_says_what_to_do(run):
    BackfillFactory.aged(600, name="shop.mails")

    assert "Start `manage.py zdt_worker`" in run("show", "shop.mails")[1]


@pytest.fixture
def elsewhere():
    """One that works by a clock of which this machine knows nothing."""
    hours = {"mode": "fixed", "windows": ["22:00-06:00"], "zone": "Mars/Olympus"}
    backfill = BackfillFactory(name="shop.mails", pacing=hours)
    RangeFactory(backfill=backfill, number=0, done=True)
    RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, 0), held=True, rate=50.0)
    return backfill


@pytest.mark.parametrize("words", [("show", "shop.mails"), ("list",), ("pause", "shop.mails")])
def test_hours_of_a_clock_that_is_unknown_here_have_no_end_and_are_shown(run, elsewhere, words):
    code, out, _ = run(*words)

    assert code == 0
    assert "shop.mails" in out
    assert " left" not in out


def test_such_hours_are_told_and_can_be_changed(run, fails, elsewhere):
    assert "only 22:00-06:00 (Mars/Olympus)" in run("show", "shop.mails")[1]
    assert "no time zone “Mars/Olympus”" in fails(1, "pace", "shop.mails", "--duty", "0.2")

    assert run("pace", "shop.mails", "--zone", "Europe/Berlin")[0] == 0
    elsewhere.refresh_from_db()
    assert elsewhere.pacing["zone"] == "Europe/Berlin"


# ---- run ----


def test_run_starts_what_an_app_declares(run, totals):
    code, out, _ = run("run", "shop.totals", "--reason", "with tax")
    backfill = Backfill.objects.get()

    assert code == 0
    assert (backfill.name, backfill.table, backfill.reason) == (
        "shop.totals",
        "shop_order",
        "with tax",
    )
    assert backfill.started_by.startswith("shell:")
    assert "zdt_backfill wait shop.totals" in out


def test_run_takes_pacing_lanes_and_what_to_do_with_errors(run, totals):
    run(
        "run", "shop.totals", "--pacing", "fixed", "--rows", "5000", "--pause-ms", "250",
        "--window", "22:00-06:00", "--window", "12:00-13:00", "--zone", "Europe/Berlin",
        "--lanes", "4", "--on-error", "collect", "--no-vacuum",
    )  # fmt: skip
    backfill = Backfill.objects.get()

    assert backfill.pacing == {
        "mode": "fixed", "rows": 5000, "pause": 0.25, "windows": ["22:00-06:00", "12:00-13:00"],
        "zone": "Europe/Berlin", "vacuum": False,
    }  # fmt: skip
    assert backfill.lanes == 4
    assert backfill.spec["on_error"] == "collect"


@pytest.fixture
def at_night(monkeypatch):
    """A declared backfill that may work at some hours only."""
    monkeypatch.setattr(declarations, "_declared", {})
    hours = {"mode": "none", "windows": ["22:00-06:00"], "zone": "Europe/Berlin"}
    backfills.sql("night", table="shop_order", set={"total": "total"}, pacing=hours)
    return hours


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        (["--duty", "0.2"], {"mode": "adaptive", "duty": 0.2}),
        (["--duty", "0.2", "--pacing", "none"], {"duty": 0.2}),
        (["--no-vacuum"], {"vacuum": False}),
        (["--batch-ms", "3"], {"mode": "adaptive", "batch_seconds": 0.003}),
        (["--rows", "500"], {"mode": "fixed", "rows": 500}),
        (["--pacing", "fixed"], {"mode": "fixed"}),
        (["--window", "21:00-05:00"], {"windows": ["21:00-05:00"]}),
    ],
)
def test_run_keeps_of_the_declared_pacing_what_is_not_named(run, at_night, given, changed):
    run("run", "night", *given)

    assert Backfill.objects.get().pacing == {**at_night, **changed}


def test_run_leaves_the_declared_hours_out_when_asked(run, at_night):
    run("run", "night", "--always", "--pacing", "adaptive")

    assert Backfill.objects.get().pacing == {"mode": "adaptive", "zone": "Europe/Berlin"}


def test_a_dry_run_counts_the_declared_hours(run, at_night):
    out = run("run", "night", "--dry-run", "--duty", "0.2")[1]

    assert "only 22:00-06:00 (Europe/Berlin)" in out
    assert "The time counts its hours only." in out


def test_rows_and_a_pause_mean_the_fixed_pacing(run, totals):
    run("run", "shop.totals", "--rows", "2000")

    assert Backfill.objects.get().pacing == {"mode": "fixed", "rows": 2000}


def test_the_declared_pacing_counts_where_nothing_is_said(run, totals):
    backfills.sql(
        "shop.slow", table="shop_order", set={"total": "total"}, pacing={"mode": "fixed"}, lanes=2
    )
    run("run", "shop.slow")

    assert (Backfill.objects.get().pacing["mode"], Backfill.objects.get().lanes) == ("fixed", 2)


def test_one_that_is_under_way_stays_as_it_is(run, totals):
    backfill = BackfillFactory(name="shop.totals")
    given = "--pause-ms 20 --lanes 2 --window 03:00-04:00 --no-vacuum"
    code, out, _ = run("run", "shop.totals", *given.split())

    assert (code, Backfill.objects.get()) == (0, backfill)
    told = " ".join(out.split())
    assert f"is under way already, as number {backfill.pk}; nothing was changed." in told
    assert f"{given} was not taken." in told
    assert f"`manage.py zdt_backfill pace shop.totals {given}`" in told
    assert Backfill.objects.get().pacing == {}


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["shop.total"], 1, "Did you mean “shop.totals”?"),
        (["nothing"], 1, "Declared: shop.totals"),
        (["shop.totals", "--window", "at night"], 2, "tells no hours"),
        (["shop.totals", "--zone", "Mars"], 2, "no time zone"),
        (["shop.totals", "--rows", "0"], 2, "“rows” of a pacing lies between"),
        (["shop.totals", "--rows", "x"], 2, "invalid int value"),
        (
            ["shop.totals", "--pause-ms", "-1"],
            2,
            "“--pause-ms” of a pacing lies between 0 and",
        ),
        (
            ["shop.totals", "--batch-ms", "0"],
            2,
            "lies between 1 and 10000: 0",
        ),
        (["shop.totals", "--duty", "2"], 2, "“duty” of a pacing"),
        (["shop.totals", "--pacing", "warp"], 2, "invalid choice"),
        (["shop.totals", "--on-error", "ignore"], 2, "invalid choice"),
        (["shop.totals", "--lanes", "0"], 1, "1 to 64 lanes"),
        (["shop.totals", "--lanes", "0", "--dry-run"], 1, "1 to 64 lanes, not 0"),
        (["shop.totals", "--lanes", "100000", "--dry-run"], 1, "1 to 64 lanes, not 100000"),
        (["shop.totals", "--timeout", "soon"], 2, "no duration"),
        ([], 2, "required: NAME"),
    ],
)
def test_what_makes_no_sense_changes_nothing(fails, totals, words, code, problem):
    assert problem in fails(code, "run", *words)


# ---- dry run ----


def test_a_dry_run_tells_the_time_at_each_pacing_and_changes_nothing(run, totals, everything):
    before = everything()
    code, out, _ = run("run", "shop.totals", "--dry-run", "--rows", "1000")

    assert code == 0
    assert "rows of shop_order (default)" in out
    assert "tried and rolled back" in out
    assert "fixed: 1,000 rows, then 500 ms" in out
    assert "adaptive" in out
    assert "none" in out
    assert "nothing was changed" in out
    assert everything() == before


def test_a_dry_run_says_what_the_work_raises(run, totals):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE thing (id bigint PRIMARY KEY, new text)")
        cursor.execute("INSERT INTO thing VALUES (1, '')")
    backfills.sql("shop.bad", table="thing", set={"new": "(1 / (id - id))::text"})
    code, out, _ = run("run", "shop.bad", "--dry-run")

    assert code == 1
    assert "A batch was tried, and raised: DataError: division by zero" in out


@pytest.mark.parametrize("how", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ({"table": "no_such_table"}, "There is no table “no_such_table”"),
        ({"table": "keyless"}, "neither a primary key nor a unique index"),
        ({"set": {"nwe": "1"}}, 'column "nwe"'),
        ({"set": {"id": "id + 100000"}}, "It would set “id”, a column of the key"),
        ({"alias": "nowhere"}, "DATABASES has no “nowhere”"),
        ({"pacing": "fast"}, "There is no pacing “fast”"),
        ({"pacing": {"rows": "x"}}, "“rows” of a pacing lies between"),
        ({"pacing": 7}, "A pacing is a mode or a dictionary of fields, not 7"),
        ({"lanes": 0}, "1 to 64 lanes, not 0"),
        ({"on_error": "ignore"}, "on_error is one of fail, collect"),
        ({"set": {}}, "Work of the kind “assign” needs"),
    ],
)
def test_what_can_be_known_at_once_is_refused_at_once(fails, totals, declared, problem, how):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE keyless (total int)")
    given = {"table": "shop_order", "set": {"total": "total"}, **declared}
    backfills.sql("shop.none", **given)

    assert problem in fails(1, "run", "shop.none", *how)


def test_one_that_is_under_way_is_not_looked_at_again(run, totals):
    backfills.sql("shop.none", table="no_such_table", set={"total": "1"})
    BackfillFactory(name="shop.none")

    assert "is under way already" in run("run", "shop.none")[1]


def test_a_dry_run_for_machines(run, totals):
    told = json.loads(run("run", "shop.totals", "--dry-run", "--json")[1])

    assert (told["name"], told["table"]) == ("shop.totals", "shop_order")
    assert [level["pacing"]["mode"] for level in told["levels"]] == ["adaptive", "fixed", "none"]


# ---- steering ----


@pytest.mark.parametrize(
    ("facts", "word", "expected"),
    [
        ({}, "pause", "paused"),
        ({"paused": True}, "resume", "running"),
        ({}, "cancel", "cancelled"),
        ({"failed": True}, "retry", "running"),
    ],
)
def test_each_word_moves_it_and_is_on_record(run, facts, word, expected):
    backfill = BackfillFactory(name="shop.mails", **facts)
    RangeFactory(backfill=backfill)
    code, out, _ = run(word, "shop.mails", "--reason", "because")

    assert (code, Backfill.objects.get().state) == (0, expected)
    assert f"shop.mails (number {backfill.pk}): {expected}. " in out
    event = Event.objects.filter(subject_type="backfill").latest("pk")
    assert (event.reason, event.actor_kind) == ("because", "shell")


@pytest.mark.parametrize(
    ("facts", "word"),
    [({"paused": True}, "pause"), ({}, "resume"), ({"succeeded": True}, "cancel"), ({}, "retry")],
)
def test_a_word_of_another_state_is_1_and_noted(run, facts, word):
    backfill = BackfillFactory(name="shop.mails", **facts)
    code, _out, error = run(word, "shop.mails")

    assert code == 1
    assert "this is possible only while a backfill is" in error
    assert Backfill.objects.get().state == backfill.state
    assert Event.objects.get().refused


def test_pace_changes_the_pacing_or_the_lanes(run):
    BackfillFactory(name="shop.mails", pacing={"mode": "none"})
    run("pace", "shop.mails", "--lanes", "3")
    assert (Backfill.objects.get().pacing, Backfill.objects.get().lanes) == ({"mode": "none"}, 3)

    run("pace", "shop.mails", "--rows", "100")
    assert Backfill.objects.get().pacing == {"mode": "fixed", "rows": 100}


def test_pace_keeps_what_it_does_not_name(run):
    night = {"mode": "adaptive", "windows": ["22:00-06:00"], "zone": "Europe/Berlin"}
    BackfillFactory(name="shop.mails", pacing={**night, "duty": 0.1, "vacuum": False})

    run("pace", "shop.mails", "--batch-ms", "20")
    found = Backfill.objects.get().pacing
    assert found == {**night, "duty": 0.1, "vacuum": False, "batch_seconds": 0.02}

    run("pace", "shop.mails", "--always", "--vacuum", "--pacing", "none")
    found = Backfill.objects.get().pacing
    assert found == {
        "mode": "none", "zone": "Europe/Berlin", "duty": 0.1, "batch_seconds": 0.02
    }  # fmt: skip


def test_pace_without_a_word_is_wrong_usage(fails):
    BackfillFactory(name="shop.mails")

    assert "Say how" in fails(2, "pace", "shop.mails")


# ---- wait ----


def test_what_succeeded_is_0_and_anything_else_1(run):
    BackfillFactory(name="good", succeeded=True), BackfillFactory(name="bad", failed=True)

    assert run("wait", "good")[0] == 0
    assert run("wait", "bad")[0] == 1


def test_waiting_says_what_is_new_shows_how_far_it_is_and_ends_with_it():
    backfill = BackfillFactory(name="shop.mails")
    RangeFactory(backfill=backfill, working=True, rows_done=250)
    lines, shown = [], []

    def pause(seconds):
        if len(shown) > 1:
            Backfill.objects.update(state="succeeded", rows_done=1000)

    ended = wait.follow(backfill.pk, None, lines.append, lambda *at: shown.append(at), pause)

    assert ended.state == "succeeded"
    assert [line.partition(":")[0] for line in lines] == ["running", "succeeded"]
    assert shown[0] == (0.25, "250 of about 1,000 rows")
    assert shown[-1][0] == 1.0


def test_waiting_tells_when_nobody_works_on_it_or_brings_it_further():
    backfill = BackfillFactory.aged(600, name="shop.mails")
    lane = RunFactory(
        kind=runs.LANE,
        key=runs.lane_key(backfill.pk, 0),
        failures=2,
        last_error="no rate",
        rate=9.0,
    )
    lines, shown = [], []

    def pause(seconds):
        Backfill.objects.update(state="succeeded" if len(shown) > 1 else "running")
        Run.objects.filter(pk=lane.pk).update(
            failures=0, cursor={"unknown_since": time.time() - 200, "why": runs.UNKNOWN_WORK}
        )

    wait.follow(backfill.pk, None, lines.append, lambda *at: shown.append(at), pause)

    assert [line.partition(":")[0] for line in lines] == ["failing", "stalled", "succeeded"]
    assert "no rate" in lines[0]
    assert shown[1][1] == "0 of about 1,000 rows"


def test_time_that_is_up_is_2_and_the_backfill_goes_on(run):
    BackfillFactory(name="shop.mails")
    code, _out, error = run("wait", "shop.mails", "--timeout", "0s")

    assert code == 2
    assert "was not over within 0s; it goes on" in error
    assert Backfill.objects.get().state == "running"


def test_waiting_bears_that_the_database_is_away(monkeypatch):
    backfill = BackfillFactory()
    real, lines = wait.backfills.progress, []

    def away(row):
        monkeypatch.setattr(wait.backfills, "progress", real, raising=False)
        raise wait.InterfaceError("closed")

    monkeypatch.setattr(wait.backfills, "progress", away, raising=False)
    monkeypatch.setattr(wait.database, "connection", lambda: type("C", (), {"close": print}))
    wait.follow(
        backfill.pk, None, lines.append, lambda *at: None,
        lambda seconds: Backfill.objects.update(state="succeeded"),
    )  # fmt: skip

    assert lines[0] == "The database does not answer; trying again."
    assert lines[-1].startswith("succeeded")


@pytest.mark.parametrize("words", [{"word": "wait"}, {"word": "run", "wait": True}])
def test_ctrl_c_while_waiting_says_that_it_goes_on(words, monkeypatch):
    command = zdt_backfill.Command()
    monkeypatch.setitem(zdt_backfill.WORDS, words["word"], type("W", (), {"run": print}))
    command.run(name="shop.mails", **words)

    assert "the backfill goes on" in command.interrupted()
    assert "zdt_backfill wait shop.mails" in command.interrupted()


def test_ctrl_c_elsewhere_says_no_more_than_that(monkeypatch):
    command = zdt_backfill.Command()
    monkeypatch.setitem(zdt_backfill.WORDS, "list", type("W", (), {"run": print}))
    command.run(word="list")

    assert command.interrupted() == "Interrupted."
