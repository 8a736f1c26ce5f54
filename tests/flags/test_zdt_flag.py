"""`manage.py zdt_flag`."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.flags.factories import FlagFactory, TargetFactory
from zdt_core.events import Event
from zdt_flags.facts import facts_of
from zdt_flags.models import Flag

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command("zdt_flag", *words, stdout=out)
    return out.getvalue()


def test_the_list_is_one_line_a_flag():
    TargetFactory(flag=FlagFactory(checkout=True))
    FlagFactory(name="legacy_dashboard", enabled=False)
    FlagFactory(name="open")

    assert run("list").splitlines() == [
        "legacy_dashboard: off",
        "new_checkout_flow: on for 25 %, allow 1",
        "open: on for everyone",
    ]


def test_an_empty_list_says_how_to_make_a_flag():
    assert "zdt_flag set NAME --create" in run("list")


def test_machines_read_json():
    FlagFactory(name="a", percentage="12.5")

    assert json.loads(run("list", "--json"))["flags"][0] == {
        "flag": "a", "revision": 1, "enabled": True, "percentage": "12.5",
        "allow": [], "deny": [], "salt": "", "description": "", "owner": "",
    }  # fmt: skip
    assert json.loads(run("--json", "kill", "a"))["enabled"] is False


def test_a_flag_is_made_and_turned():
    run("set", "a", "--create", "--on", "--percentage", "5", "--owner", "checkout team")
    said = run("set", "a", "--percentage", "25", "--allow", "1", "--allow", "2", "--deny", "3")

    flag = Flag.objects.get()
    assert said == "a: on for 25 %, allow 2, deny 1\n"
    assert (flag.owner, flag.percentage, facts_of(flag)["allow"]) == (
        "checkout team",
        25,
        ["1", "2"],
    )


def test_users_move_between_the_lists_and_off_them():
    flag = FlagFactory(name="a")
    for user in ("1", "2", "3"):
        TargetFactory(flag=flag, value=user)

    run("set", "a", "--deny", "1", "--forget", "2")

    assert (facts_of(flag)["allow"], facts_of(flag)["deny"]) == (["3"], ["1"])


def test_everyone_takes_the_percentage_away():
    FlagFactory(name="a", percentage=5)

    run("set", "a", "--percentage", "everyone")

    assert Flag.objects.get().percentage is None


def test_the_kill_switch_says_who_and_why():
    FlagFactory(name="a")

    assert run("kill", "a", "--reason", "it burns") == "a: off\n"

    event = Event.objects.get()
    assert (event.kind, event.reason, event.actor_kind) == ("flag.disabled", "it burns", "shell")


def test_a_flag_is_removed():
    FlagFactory(name="a")

    run("delete", "a")

    assert Flag.objects.count() == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("set", "unknown", "--on"), "There is no flag “unknown”"),
        (("set", "a", "--percentage", "150"), "from 0 to 100"),
        (("set", "a b", "--create"), "is no name"),
        (("kill", "unknown"), "There is no flag"),
        (("delete", "unknown"), "There is no flag"),
    ],
)
def test_a_refused_order_ends_with_1_one_line_and_an_event(words, complaint):
    FlagFactory(name="a", percentage=5)

    with pytest.raises(CommandError, match=complaint) as refused:
        run(*words)

    assert refused.value.returncode == 1
    assert "\n" not in str(refused.value)
    assert Flag.objects.get().percentage == 5
    assert Event.objects.get().refused


def test_a_refusal_is_json_too():
    err = io.StringIO()

    with pytest.raises(CommandError):
        call_command("zdt_flag", "kill", "unknown", "--json", stderr=err)

    assert json.loads(err.getvalue())["code"] == "flag_unknown"


@pytest.mark.parametrize("words", [(), ("set",), ("explode",), ("set", "a", "--on", "--off")])
def test_wrong_usage_is_an_error_that_is_no_refusal(words):
    with pytest.raises(CommandError) as wrong:
        run(*words)

    assert "rror" in str(wrong.value)
    assert Event.objects.count() == 0
