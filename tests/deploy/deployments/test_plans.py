"""Plans: what they hold, what they refuse, and that JSON keeps them whole."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.exceptions import Refused
from zdt_deploy.deployments.plans import ODDS, Metric, Plan, Step, parse_steps
from zdt_deploy.deployments.states import Strategy

DURATIONS = [
    "interval_seconds", "warm_up_seconds", "patience_seconds", "valid_seconds",
    "rollback_window_seconds",
]  # fmt: skip
NUMBERS = [*DURATIONS, "minimum_sample", "max_error_delta", "max_p95_delta_ms", "max_p99_delta_ms"]


def plan(**given):
    return Plan.default("canary").changed(given)


def refused(code, call, *args, **given):
    with pytest.raises(Refused) as refusal:
        call(*args, **given)
    assert refusal.value.code == code
    assert str(refusal.value) != code, "the refusal has a sentence"
    assert "unknown)" not in str(refusal.value), "and the sentence has all its facts"
    return refusal.value


def test_the_default_canary_is_5_25_50_100_with_half_an_hour_each():
    default = Plan.default("canary")
    assert [(step.percentage, step.bake_seconds) for step in default.steps] == [
        (5, 1800), (25, 1800), (50, 1800), (100, 1800),
    ]  # fmt: skip
    assert (default.interval_seconds, default.minimum_sample) == (60, 1000)
    assert (default.max_error_delta, default.max_p95_delta_ms) == (0.02, 200)
    assert default.rollback_window_seconds == 86_400


def test_the_default_blue_green_is_everyone_at_once():
    default = Plan.default(Strategy.BLUE_GREEN)
    assert default.steps == (Step(Decimal(100), 1800),)


def test_a_strategy_that_does_not_exist_is_refused():
    refused("plan_field_invalid", Plan.default, "recreate")
    refused("plan_field_invalid", plan, strategy=["canary"])


def test_the_default_of_regions_is_three_of_them_and_the_rest_with_four_hours_each():
    default = Plan.default("regional")
    assert [(step.region, step.percentage, step.bake_seconds) for step in default.steps] == [
        ("us-east", 10, 14_400), ("eu-west", 30, 14_400), ("apac", 60, 14_400), ("", 100, 14_400),
    ]  # fmt: skip
    assert default.regions == ["us-east", "eu-west", "apac"]
    assert default.rollback_scope == "all"


def test_the_default_rolling_plan_looks_at_a_quarter_and_a_half_of_the_fleet():
    assert [step.percentage for step in Plan.default("rolling").steps] == [25, 50, 100]


# ---- regions ----


def regional(steps, **given):
    return Plan.default("regional").changed({"steps": parse_steps(steps), **given})


def test_a_region_may_have_several_steps_in_a_row():
    plan = regional("eu=5:10m,eu=100:4h,us=100,100")
    assert [(step.region, step.percentage) for step in plan.steps] == [
        ("eu", 5), ("eu", 100), ("us", 100), ("", 100),
    ]  # fmt: skip
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ("5,100", "plan_names_no_region"),
        ("eu=5,us=100", "plan_ends_in_a_region"),
        ("eu=5,50,us=3,100", "plan_wave_without_region"),
        ("eu=5,50,100", "plan_wave_without_region"),
        ("eu=5,us=5,eu=10,100", "plan_region_twice"),
        ("eu=5,eu=4,100", "plan_does_not_rise"),
        ("eu=5,us=5", "plan_does_not_end_at_100"),
        ("e u=5,100", "plan_field_invalid"),
    ],
)
def test_waves_that_make_no_sense_are_refused(steps, code):
    refused(code, regional, steps)


@pytest.mark.parametrize("strategy", ["canary", "rolling"])
def test_only_the_regional_strategy_has_regions(strategy):
    everyone = Plan.default(strategy)
    refused("plan_names_regions", everyone.changed, {"steps": parse_steps("eu=5,100")})
    refused("scope_needs_regions", everyone.changed, {"rollback_scope": "region"})
    refused("plan_field_invalid", everyone.changed, {"rollback_scope": "planet"})


# ---- steps ----


def test_steps_are_read_as_people_write_them():
    assert [step.percentage for step in parse_steps("5, 25 ,50%,100")] == [5, 25, 50, 100]
    assert parse_steps("0.5:90s,100:2h", 60) == (Step(Decimal("0.5"), 90), Step(Decimal(100), 7200))
    assert parse_steps("5,100", 60)[0].bake_seconds == 60


@pytest.mark.parametrize(
    "value",
    [0, -1, 100.001, 101, "nan", "inf", "-inf", math.nan, math.inf, "", "five", None, True, [], {},
     10**400, "1e999999", "5_0", "٥"],
)  # fmt: skip
def test_a_percentage_out_of_range_is_refused(value):
    refused("percentage_out_of_range", Step, value)


@pytest.mark.parametrize("text", ["0,100", "5,25,500", "nan,100"])
def test_steps_beyond_the_range_are_refused(text):
    refused("percentage_out_of_range", parse_steps, text)


@pytest.mark.parametrize(("text", "part"), [("", ""), ("5,,100", ""), ("5, x ,100", "x"),
                                            ("5_0,100", "5_0")])  # fmt: skip
def test_steps_that_are_no_percentages_are_refused_with_the_part(text, part):
    assert refused("steps_unreadable", parse_steps, text).params == {"text": text, "part": part}


@pytest.mark.parametrize("value", ["0.0001", "5.00001", "1e-30"])
def test_a_percentage_with_more_than_three_decimals_is_refused(value):
    refused("percentage_too_fine", Step, value)


@pytest.mark.parametrize(
    ("value", "kept"), [("5.0", "5"), (5.5, "5.5"), ("0.001", "0.001"), ("1e2", "100"), (25, "25")]
)
def test_a_percentage_is_kept_exactly(value, kept):
    assert f"{Step(value).percentage:f}" == kept


@pytest.mark.parametrize("steps", ["25,5,100", "5,5,100", "50,25", "5,100,100"])
def test_a_plan_that_does_not_rise_is_refused(steps):
    refused("plan_does_not_rise", plan, steps=parse_steps(steps))


def test_a_plan_ends_with_everyone():
    refused("plan_does_not_end_at_100", plan, steps=parse_steps("5,25"))


def test_a_plan_has_steps_and_not_too_many():
    refused("plan_has_no_steps", plan, steps=[])
    many = [{"percentage": f"0.{number:03}"} for number in range(1, 101)]
    refused("plan_has_no_steps", plan, steps=[*many, {"percentage": 100}])


def test_blue_green_has_one_step():
    refused("blue_green_has_one_step", plan, strategy="blue_green")
    assert plan(strategy="blue_green", steps=[{"percentage": 100}]).strategy == "blue_green"


# ---- numbers ----


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, -1, "60", True, [], 10**400, 1e300]
)
def test_no_field_takes_a_number_that_cannot_be_one(field, value):
    refusal = refused("plan_field_invalid", plan, **{field: value})
    assert refusal.params["field"] == field


@pytest.mark.parametrize("field", [name for name in NUMBERS if "delta_ms" not in name])
def test_none_is_for_limits_that_are_not_judged_only(field):
    refused("plan_field_invalid", plan, **{field: None})
    assert plan(max_p95_delta_ms=None).max_p95_delta_ms is None


@pytest.mark.parametrize("bake", [math.nan, -1, "30m", None, 366 * 86_400])
def test_a_step_is_watched_for_a_time_that_passes(bake):
    refused("plan_field_invalid", plan, steps=[{"percentage": 100, "bake_seconds": bake}])


def test_the_monitor_looks_each_second_at_most():
    refused("interval_too_short", plan, interval_seconds=0.9)
    assert plan(interval_seconds=1).interval_seconds == 1


@pytest.mark.parametrize("sample", [0, -1, 1.5])
def test_a_sample_is_one_request_or_more(sample):
    refused("plan_field_invalid", plan, minimum_sample=sample)


def test_routers_wait_for_more_than_two_ticks():
    refused("validity_too_short", plan, interval_seconds=90)
    refused("validity_too_short", plan, valid_seconds=120)
    assert plan(interval_seconds=2, valid_seconds=5).valid_seconds == 5


def test_an_error_delta_is_a_fraction():
    refused("plan_field_invalid", plan, max_error_delta=2)


def test_a_window_may_be_none_at_all():
    assert plan(rollback_window_seconds=0).rollback_window_seconds == 0
    refused("plan_field_invalid", plan, rollback_window_seconds=-1)


@pytest.mark.parametrize("field", ODDS)
def test_odds_are_neither_none_nor_certain_and_what_was_stored_can_be_read(field):
    refused("never_wrong_is_never_sure", plan, **{field: 0})
    refused("always_wrong_is_never_sure", plan, **{field: 1})
    refusal = refused("always_wrong_is_never_sure", Plan.wished, {field: 1})
    assert refusal.params == {"field": field, "value": 1}
    assert getattr(Plan.from_json({field: 1}), field) == 1


def test_more_than_all_requests_cannot_fail():
    refused("plan_field_invalid", plan, broken_share=1 - 1e-16)
    assert plan(broken_share=0.99).broken_share == 0.99


# ---- metrics ----


def test_a_metric_has_a_name_a_direction_and_a_margin():
    assert plan(metrics=[{"name": "order_placed", "margin": 0.01}]).metrics == (
        Metric("order_placed", "lower", 0.01),
    )


@pytest.mark.parametrize(
    "metric",
    [{}, {"name": ""}, {"name": "a b"}, {"name": 7}, {"name": "a", "worse": "bigger"},
     {"name": "a", "margin": math.nan}, "a", None],
)  # fmt: skip
def test_a_metric_that_is_none_is_refused(metric):
    refused("plan_field_invalid", plan, metrics=[metric])


# ---- JSON ----


@pytest.mark.parametrize("value", [None, [], "x", 5])
def test_only_an_object_is_a_plan(value):
    refused("plan_field_invalid", Plan.from_json, value)


def test_only_a_list_holds_steps():
    refused("plan_field_invalid", plan, steps="5,100")
    refused("plan_field_invalid", plan, steps={"percentage": 100})


@pytest.mark.parametrize(
    ("field", "nearest"), [("intervall_seconds", "interval_seconds"), ("step", "steps")]
)
def test_an_unknown_field_is_refused_with_the_nearest_name(field, nearest):
    refusal = refused("plan_field_unknown", Plan.from_json, {field: 5})
    assert refusal.params["nearest"] == nearest


@pytest.mark.parametrize("field", [7, "nofield"])
def test_a_field_like_no_other_is_refused_with_all_names(field):
    refusal = refused("plan_field_unheard_of", Plan.from_json, {field: 5})
    assert "interval_seconds" in refusal.params["known"]


def test_an_unknown_field_of_a_step_is_refused_too():
    refusal = refused("plan_field_unknown", plan, steps=[{"percent": 100}])
    assert refusal.params == {"field": "percent", "nearest": "percentage"}


def test_what_json_leaves_out_is_the_default():
    assert Plan.from_json({}) == Plan.default("canary")
    assert Plan.from_json({"strategy": "blue_green"}) == Plan.default("blue_green")


@st.composite
def plans(draw):
    shares = draw(st.sets(st.integers(1, 99_999), max_size=5).map(sorted))
    bake = st.floats(0, 86_400)
    steps = [Step(Decimal(share) / 1000, draw(bake)) for share in shares]
    interval = draw(st.floats(1, 3600))
    return plan(
        steps=[*steps, Step(Decimal(100), draw(bake))],
        interval_seconds=interval,
        valid_seconds=interval * 2 + draw(st.floats(1, 600)),
        minimum_sample=draw(st.integers(1, 10**6)),
        max_error_delta=draw(st.floats(0, 1)),
        max_p99_delta_ms=draw(st.none() | st.floats(0, 10_000)),
        metrics=[
            Metric("orders", draw(st.sampled_from(["higher", "lower"])), draw(st.floats(0, 9)))
        ],
    )


@given(plans())
def test_json_keeps_a_plan_whole(given):
    assert Plan.from_json(json.loads(json.dumps(given.to_json(), allow_nan=False))) == given


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*NUMBERS, "steps", "strategy", "metrics"]), inner),
    max_leaves=8,
))  # fmt: skip
def test_whatever_is_given_is_a_plan_or_refused(value):
    try:
        made = Plan.from_json(value)
    except Refused:
        return
    assert made.steps[-1].percentage == 100
