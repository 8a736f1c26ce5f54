import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core import gates
from zdt_core.exceptions import Refused
from zdt_core.gates import Answer, Finding, Verdict


@pytest.fixture(autouse=True)
def no_conditions(monkeypatch):
    monkeypatch.setattr(gates, "_conditions", {})


def verdict(*answers):
    return Verdict("step", tuple(Finding(answer, f"code_{answer}") for answer in answers))


answers = st.lists(st.sampled_from(list(Answer)))


@given(answers)
def test_one_closed_condition_closes_else_one_unknown_hides(found):
    expected = (
        Answer.CLOSED
        if Answer.CLOSED in found
        else Answer.UNKNOWN if Answer.UNKNOWN in found else Answer.OPEN
    )  # fmt: skip

    assert verdict(*found).answer is expected
    assert verdict(*found).is_open is (expected is Answer.OPEN)


@given(answers)
def test_a_gate_that_is_not_open_is_refused_with_its_worst_obstacle(found):
    gate = verdict(*found)
    if gate.is_open:
        gate.require()
        assert gate.obstacles == ()
    else:
        with pytest.raises(Refused) as refusal:
            gate.require()
        assert refusal.value.code == f"code_{gate.answer}"
        assert len(gate.obstacles) == len([one for one in found if one is not Answer.OPEN])


def test_a_step_without_conditions_is_open():
    assert gates.ask("nothing", None).is_open


def test_conditions_are_asked_about_the_subject_and_named():
    @gates.condition("release", "small")
    def small(size):
        return gates.open_() if size < 10 else gates.closed("too_large", size=size)

    assert gates.ask("release", 5).is_open
    (finding,) = gates.ask("release", 50).obstacles
    assert (finding.condition, finding.code, finding.params) == ("small", "too_large", {"size": 50})


def test_a_condition_registered_again_is_replaced():
    gates.condition("release", "x")(lambda subject: gates.closed("old"))
    gates.condition("release", "x")(lambda subject: gates.open_())

    assert gates.ask("release", None).is_open


def test_steps_are_told_apart():
    gates.condition("release", "x")(lambda subject: gates.closed("no"))

    assert gates.ask("rollback", None).is_open


def test_a_condition_that_raises_is_unknown_and_never_opens(caplog):
    gates.condition("release", "broken")(lambda subject: 1 / 0)
    gates.condition("release", "good")(lambda subject: gates.open_())

    with caplog.at_level(logging.ERROR, "zdt.gates"):
        found = gates.ask("release", None)

    assert found.answer is Answer.UNKNOWN
    assert "broken" in caplog.text
    with pytest.raises(Refused, match="“broken” could not be read \\(ZeroDivisionError\\)"):
        found.require()


def test_a_finding_reads_as_its_sentence():
    assert str(gates.unknown("condition_unreadable", condition="x", error="E")).startswith(
        "The condition “x” could not be read (E)"
    )
