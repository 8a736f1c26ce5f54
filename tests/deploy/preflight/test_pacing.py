"""What the checklist asks of a plan."""

from dataclasses import replace

import pytest

from zdt_deploy.deployments.plans import Plan, parse_steps
from zdt_deploy.preflight import pacing
from zdt_deploy.preflight.results import Result

CANARY, BLUE_GREEN = Plan.default("canary"), Plan.default("blue_green")


def stepped(text):
    return replace(CANARY, steps=parse_steps(text))


@pytest.mark.parametrize("rule", [pacing.first_share, pacing.watched, pacing.whole, pacing.window])
@pytest.mark.parametrize("strategy", ["canary", "regional"])
def test_the_default_plans_pass(rule, strategy):
    assert rule(Plan.default(strategy)).result is Result.PASSED


@pytest.mark.parametrize(
    ("rule", "steps", "code"),
    [
        (pacing.first_share, "11,100", "preflight_first_share"),
        (pacing.watched, "5:29m,50:2h,100", "preflight_step_short"),
        (pacing.whole, "5:30m,50:30m,100:30m", "preflight_too_fast"),
        (pacing.whole, "5:30m,50:30m,100:24h", "preflight_too_fast"),
        (pacing.whole, "5:2h,100", "preflight_leaps"),
    ],
)
def test_a_hasty_plan_fails_and_says_where(rule, steps, code):
    seen = rule(stepped(steps))

    assert (seen.result, seen.code) == (Result.FAILED, code)


@pytest.mark.parametrize("steps", ["10,100", "0.5,100"])
def test_ten_percent_and_less_is_a_small_share(steps):
    assert pacing.first_share(stepped(steps)).result is Result.PASSED


def test_how_long_the_last_step_is_watched_is_nobody_s_wait():
    assert pacing.watched(stepped("5:30m,100:1m")).result is Result.PASSED


def test_steps_are_not_asked_of_blue_green():
    assert pacing.first_share(BLUE_GREEN).result is Result.NOT_APPLICABLE
    assert pacing.whole(BLUE_GREEN).result is Result.NOT_APPLICABLE
    assert pacing.watched(BLUE_GREEN).result is Result.PASSED


def test_a_day_is_the_shortest_way_back():
    assert pacing.window(replace(CANARY, rollback_window_seconds=86_399)).result is Result.FAILED
