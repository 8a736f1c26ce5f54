"""Figures are checked wherever they come from."""

import pytest

from zdt_core.exceptions import ConfigurationError, Refused
from zdt_deploy.costs import figures
from zdt_deploy.costs.conf import conf
from zdt_deploy.costs.figures import Figures


def test_others_take_the_place_of_the_defaults():
    changed = Figures().changed({"instances": "12", "currency": "€"})

    assert (changed.instances, changed.currency, changed.instance_month) == (12, "€", 100)


@pytest.mark.parametrize(
    ("name", "value"),
    [("instances", 0), ("instances", "nan"), ("instances", "inf"), ("instances", "-1"),
     ("instances", True), ("instances", None), ("instances", [3]), ("kept", 1.5), ("kept", "much"),
     ("instance_month", -1), ("instance_month", 1e300), ("instances", "9" * 5000),
     ("currency", ""), ("currency", "x" * 9), ("currency", 3), ("currency", "\n")],
)  # fmt: skip
def test_what_no_figure_can_be_is_refused_with_its_name(name, value):
    with pytest.raises(Refused) as refused:
        figures.check(name, value)

    assert (refused.value.code, refused.value.params["field"]) == ("cost_figure_wrong", name)
    assert f"“{name}” must be" in str(refused.value)


def test_a_figure_that_there_is_not_names_the_nearest():
    with pytest.raises(Refused, match="Did you mean: instance_month"):
        figures.check("instance_months", 3)


def test_every_figure_has_a_meaning():
    assert all(figures.MEANINGS.values())


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("ZDT_COSTS", {"instances": 0}, "must be a number"),
     ("ZDT_COSTS", {"prices": 1}, "no figure “prices”"),
     ("ZDT_ADVICE", {"monolith": "yes"}, "must hold True or False"),
     ("ZDT_ADVICE", {"internal_people": -1}, "must hold a whole number"),
     ("ZDT_ADVICE", {"internal_people": True}, "must hold a whole number"),
     ("ZDT_ADVICE", {"requests_hour": "100"}, "must hold a number"),
     ("ZDT_ADVICE", {"requests_hour": float("nan")}, "must hold a number"),
     ("ZDT_ADVICE", {"tool": True}, "has no 'tool'")],
)  # fmt: skip
def test_settings_are_checked(settings, name, value, says):
    setattr(settings, name, value)

    with pytest.raises(ConfigurationError, match=says):
        getattr(conf, name.removeprefix("ZDT_"))
