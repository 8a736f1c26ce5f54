"""What every command does alike."""

import json

import pytest
import redis
from django.core.checks import Error, Warning
from django.core.management import CommandError, call_command
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from zdt_core.commands import base
from zdt_core.exceptions import ConfigurationError, Refused, Unavailable


def raising(error):
    def run(command):
        raise error

    return run


def test_a_command_that_returns_nothing_is_done(outcome):
    assert outcome(lambda command: command.say("Done.")) == (0, "Done.\n", "")


def test_a_command_tells_its_exit_code(outcome):
    assert outcome(lambda command: 1)[0] == 1


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (Refused("no_such_process", instance="x"), 1, "There is no process x in the fleet."),
        (ConfigurationError("Set ZDT_VERSION."), 2, "Set ZDT_VERSION."),
        (Unavailable("It is away."), 2, "It is away."),
        (
            OperationalError("no\nroute"),
            2,
            "PostgreSQL did not do it: no. See whether PostgreSQL runs",
        ),
        (OperationalError(), 2, "PostgreSQL did not do it: OperationalError()."),
        (InterfaceError("closed"), 2, "what DATABASES[“default”] says"),
        (DatabaseError("odd"), 2, "PostgreSQL did not do it: odd."),
        (redis.ConnectionError("refused"), 2, "Redis did not do it: refused."),
        (PermissionError(13, "Permission denied"), 2, "Permission denied"),
        (KeyboardInterrupt(), 130, "Interrupted."),
    ],
)
def test_an_error_is_one_line_with_its_exit_code(outcome, error, code, text):
    got_code, out, err = outcome(raising(error))

    assert got_code == code
    assert text in err
    assert "\n" not in err
    assert out == ""


def test_a_bug_keeps_its_traceback(outcome):
    with pytest.raises(ZeroDivisionError):
        outcome(lambda command: 1 / 0)


def test_traceback_shows_where_an_error_comes_from(outcome):
    with pytest.raises(OperationalError):
        outcome(raising(OperationalError("gone")), "--traceback")


def test_a_reader_that_left_is_no_error(outcome):
    assert outcome(raising(BrokenPipeError())) == (141, "", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM zdt_core_of_tomorrow",
        "SELECT nothing FROM zdt_core_process",
        'SELECT "zdt_core_process"."nothing" FROM "zdt_core_process"',
        "INSERT INTO zdt_core_process (nothing) VALUES (1)",
    ],
)
def test_before_migrate_it_says_to_migrate(outcome, statement):
    code, _out, err = outcome(lambda command: connection.cursor().execute(statement))

    assert code == 2
    assert "Run `manage.py migrate` first." in err


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["SELECT 1 FROM a_table_that_nobody_made", "SELECT nothing FROM auth_user"]
)
def test_what_is_missing_of_the_sites_own_is_not_mended_by_migrating(outcome, statement):
    code, _out, err = outcome(lambda command: connection.cursor().execute(statement))

    assert (code, "does not exist" in err) == (2, True)
    assert "migrate" not in err


def test_with_json_only_the_answer_is_printed(outcome):
    def run(command):
        command.say("for people")
        command.table(["A"], [["1"]])
        with command.progress() as progress:
            progress.at(0.5, "half")
            progress.say("half")
        command.answer({"b": 1, "a": None})

    assert outcome(run, "--json") == (0, '{"a": null, "b": 1}\n', "")


def test_without_json_the_answer_is_not_printed(outcome):
    assert outcome(lambda command: command.answer({"a": 1}))[1] == ""


@pytest.mark.parametrize(
    ("error", "code", "exit_code", "params"),
    [
        (Refused("wet", minutes=5), "wet", 1, {"minutes": 5}),
        (ConfigurationError("No."), "configuration_error", 2, {}),
        (OperationalError("gone"), "postgresql", 2, {}),
        (KeyboardInterrupt(), "interrupted", 130, {}),
    ],
)
def test_an_error_is_an_object_on_stderr_for_machines(outcome, error, code, exit_code, params):
    got_code, out, err = outcome(raising(error), "--json")
    told = json.loads(err)

    assert (got_code, out) == (exit_code, "")
    assert (told["code"], told["exit_code"], told["params"]) == (code, exit_code, params)
    assert told["error"]


@pytest.mark.parametrize("reason", ["a\0b", "\udcff"])
def test_bytes_that_are_no_text_are_wrong_usage(reason):
    with pytest.raises(CommandError, match="--reason holds bytes that are no text") as wrong:
        call_command("zdt_fleet", "drain", "x", reason=reason)

    assert wrong.value.returncode == 2


class TestChecks:
    @pytest.fixture
    def found(self, monkeypatch):
        messages = []
        monkeypatch.setattr(base, "run_checks", lambda tags: messages if tags == ["zdt"] else [])
        return messages

    def test_an_error_stops_the_command_with_its_cure_and_how_many_more(self, outcome, found):
        found += [Error("Bad.", hint="Mend it.", id="x.E1"), Error("Worse.", id="x.E2")]
        code, out, err = outcome(lambda command: command.say("done"), skip_checks=False)

        assert (code, out) == (2, "")
        assert err == "Bad. Mend it. And 1 more. See `manage.py check --tag zdt`."

    def test_a_warning_is_not_for_every_command(self, outcome, found):
        found.append(Warning("Hm.", id="x.W1"))

        answer = outcome(lambda command: command.say("done"), skip_checks=False)

        assert answer == (0, "done\n", "")

    def test_what_is_silenced_stops_nothing(self, outcome, found, settings):
        settings.SILENCED_SYSTEM_CHECKS = ["x.E1"]
        found.append(Error("Bad.", id="x.E1"))

        assert outcome(lambda command: command.say("done"), skip_checks=False)[0] == 0

    def test_whoever_must_go_on_skips_them(self, outcome, found):
        found.append(Error("Bad.", id="x.E1"))

        assert outcome(lambda command: None, skip_checks=True)[0] == 0


class TestColours:
    @pytest.fixture
    def shown(self, outcome, monkeypatch):
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)

        def shown(*flags, **environment):
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            out = outcome(lambda command: command.say(command.paint("bad", "text")), *flags)[1]
            return "\x1b[" in out

        return shown

    def test_there_are_none_in_a_pipe(self, shown):
        assert not shown()

    def test_they_can_be_forced(self, shown):
        assert shown(FORCE_COLOR="1")
        assert shown("--force-color")

    def test_an_empty_or_zero_force_forces_nothing(self, shown):
        assert not shown(FORCE_COLOR="")
        assert not shown(FORCE_COLOR="0")

    def test_no_colour_wins(self, shown):
        assert not shown(NO_COLOR="1", FORCE_COLOR="1")
        assert not shown("--no-color", FORCE_COLOR="1")

    def test_a_flag_wins_over_the_environment(self, shown):
        assert shown("--force-color", NO_COLOR="1")


def test_a_table_is_as_wide_as_its_widest_cells(outcome):
    def run(command):
        command.table(["A", "LONG"], [["wide cell", "x"], ["1", "2"]], ["bad", ""])

    assert outcome(run)[1] == "A          LONG\nwide cell  x\n1          2\n"
