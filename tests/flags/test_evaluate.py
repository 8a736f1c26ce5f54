import hashlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_flags.evaluate import Answer, Definition, Reason, compile_rule, explain


def defined(flag, user):
    """The bucket as the requirement writes it."""
    return int(hashlib.md5(f"{flag}:{user}".encode()).hexdigest()[:8], 16) % 100


def ask(flag, user):
    rule = compile_rule(flag)
    return rule if isinstance(rule, bool) else rule(user)


def test_a_disabled_flag_is_off_whatever_else_it_says():
    flag = Definition("f", False, Decimal(100), allow=frozenset({"ann"}))

    assert explain(flag, "ann") == Answer(False, Reason.DISABLED)


def test_an_allowed_user_is_on_before_any_percentage():
    flag = Definition("f", True, Decimal(0), allow=frozenset({"ann"}))

    assert explain(flag, "ann") == Answer(True, Reason.ALLOWED)


def test_a_denied_user_is_off_at_every_percentage():
    flag = Definition("f", True, None, deny=frozenset({"bob"}))

    assert explain(flag, "bob") == Answer(False, Reason.DENIED)


def test_without_a_percentage_an_enabled_flag_is_on():
    assert explain(Definition("f", True), "ann") == Answer(True, Reason.ON)


def test_the_percentage_names_the_bucket_it_looked_at():
    answer = explain(Definition("new_checkout_flow", True, Decimal(25)), "user-1")

    assert answer.reason is Reason.PERCENTAGE
    assert int(answer.bucket) == defined("new_checkout_flow", "user-1")


@pytest.mark.parametrize(("percentage", "on"), [(0, False), (99, False), (100, True), (None, True)])
def test_nobody_is_on_only_where_everybody_is(percentage, on):
    flag = Definition("f", True, None if percentage is None else Decimal(percentage))

    assert ask(flag, None) is on
    assert explain(flag, None).on is on


def test_the_salt_takes_the_place_of_the_name():
    renamed = Definition("checkout_v2", True, Decimal(40), salt="new_checkout_flow")
    original = Definition("new_checkout_flow", True, Decimal(40))

    assert [ask(renamed, str(n)) for n in range(300)] == [ask(original, str(n)) for n in range(300)]


def test_what_nobody_can_change_is_answered_without_looking_at_the_user():
    assert compile_rule(Definition("f", True)) is True
    assert compile_rule(Definition("f", True, Decimal(100), allow=frozenset("a"))) is True
    assert compile_rule(Definition("f", True, Decimal(0))) is False
    assert compile_rule(Definition("f", False, Decimal(50))) is False


@given(st.text(min_size=1, max_size=30), st.integers(0, 100))
def test_whole_percentages_take_exactly_the_users_of_the_definition(user, percentage):
    flag = Definition("ai_recommendations", True, Decimal(percentage))

    assert ask(flag, user) is (defined("ai_recommendations", user) < percentage)


people = st.sampled_from(["ann", "bob", "eve", "user-1", "user-2", None])
definitions = st.builds(
    Definition,
    name=st.sampled_from(["a", "b"]),
    enabled=st.booleans(),
    percentage=st.none() | st.decimals(0, 100, places=3),
    salt=st.sampled_from(["", "s"]),
    allow=st.frozensets(st.sampled_from(["ann", "eve"])),
    deny=st.frozensets(st.sampled_from(["bob"])),
)


@given(definitions, people)
def test_the_compiled_rule_answers_what_the_explanation_says(flag, user):
    assert ask(flag, user) is explain(flag, user).on


@given(st.decimals(0, 100, places=3), st.decimals(0, 100, places=3), st.integers(0, 10_000))
def test_raising_the_percentage_never_switches_a_user_off(one, other, user):
    low, high = sorted((one, other))
    answers = [ask(Definition("f", True, share), str(user)) for share in (low, high)]

    assert answers in ([False, False], [False, True], [True, True])
