import pytest

from tests.deploy.canary.traffic.cloud import pretend
from zdt_core.exceptions import ConfigurationError
from zdt_deploy.canary.traffic.cloud import checks, choice

SECRET = "hidden"


def messages(settings, setting):
    settings.ZDT_TRAFFIC = setting
    return [found.msg for found in checks.balancers_can_be_used()]


def test_a_balancer_has_the_service_that_this_site_follows_unless_it_names_another(settings):
    settings.ZDT_TRAFFIC = {**pretend.SETTING, "other": {**pretend.SETTING["edge"], "SERVICE": "b"}}
    assert [each.key for each in choice.balancers()] == ["test/default/edge", "test/b/other"]
    assert [each.alias for each in choice.balancers("b")] == ["other"]
    assert choice.find("test/b/other").alias == "other"
    assert choice.find("test/default/gone") is None


def test_without_any_there_is_nothing_to_check(settings):
    assert messages(settings, {}) == []
    assert messages(settings, pretend.SETTING) == []


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("alb", "must be a dict"),
        ({}, "needs a BACKEND: alb, gateway_api"),
        ({"BACKEND": "alb", "OPTION": {}}, "takes BACKEND, OPTIONS, SERVICE, REGION"),
        ({"BACKEND": "alb", "OPTIONS": [SECRET]}, "OPTIONS that are no dict"),
        ({"BACKEND": "alb", "SERVICE": 1}, "SERVICE that is no text"),
        ({"BACKEND": "alb", "REGION": 1}, "REGION that is no text"),
        ({"BACKEND": "elb"}, "the backend 'elb' cannot be used"),
        ({"BACKEND": f"{pretend.__name__}.Gone"}, "cannot be used"),
        ({"BACKEND": "alb", "OPTIONS": {"member": SECRET}}, "member"),
        ({"BACKEND": "gateway_api", "OPTIONS": {"route": "shop"}}, "services"),
        ({"BACKEND": pretend.BACKEND, "OPTIONS": {"x": SECRET}}, "unexpected keyword"),
    ],
)
def test_what_is_wrong_is_told_by_name_and_never_by_value(settings, entry, told):
    (found,) = messages(settings, {"edge": entry})
    assert "ZDT_TRAFFIC['edge']" in found
    assert told in found
    assert SECRET not in found


def test_an_alias_has_a_length(settings):
    assert "no alias of 1 to 40" in messages(settings, {"x" * 41: {"BACKEND": "alb"}})[0]


def test_the_driver_of_a_broken_entry_cannot_be_had(settings):
    settings.ZDT_TRAFFIC = {"edge": {"BACKEND": "alb"}}
    with pytest.raises(ConfigurationError, match="members"):
        choice.balancers()[0].driver(None)
    settings.ZDT_TRAFFIC = {"edge": {}}
    with pytest.raises(ConfigurationError, match="BACKEND"):
        choice.balancers()
