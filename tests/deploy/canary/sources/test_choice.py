import pytest

from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_deploy.canary.sources import Clock, Source, Status
from zdt_deploy.canary.sources.built_in import BuiltIn
from zdt_deploy.canary.sources.choice import chosen, made
from zdt_deploy.canary.sources.prometheus import Prometheus


class Own(Source):
    def __init__(self, team="shop"):
        self.team = team

    def clock(self):
        return Clock(60, 0, 60)

    def samples(self, environment, service, first, last):
        return []


class Fussy(Own):
    def __init__(self):
        raise RuntimeError("no key in the vault")


HERE = f"{__name__}.Own"
PROMETHEUS = {"kind": "prometheus", "url": "http://p", "latency": "l", "errors": "e"}


def test_the_built_in_source_is_the_default():
    assert isinstance(chosen(), BuiltIn)


def test_prometheus_takes_its_address_and_its_queries():
    source = made({**PROMETHEUS, "seconds": 30, "release": "version"})

    assert isinstance(source, Prometheus)
    assert (source.seconds, source.queries.release, source.queries.instance) == (
        30, "version", "instance",
    )  # fmt: skip


def test_a_class_of_ones_own_is_called_with_what_else_is_there():
    assert made({"kind": HERE, "team": "pay"}).team == "pay"


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"kind": "promtheus"}, "built_in"),
        ({"kind": "shop.nowhere.Source"}, "dotted path"),
        ({"kind": 7}, "dotted path"),
        ({"kind": HERE, "tem": "pay"}, "tem"),
        ({"kind": "builtins.dict"}, "makes no"),
        ({"kind": f"{__name__}.Fussy"}, "no key in the vault"),
        ({"kind": "prometheus", "url": "http://p"}, "latency"),
        ({**PROMETHEUS, "windows": 3}, "windows"),
        ({"window": 3}, "no arguments"),
    ],
)
def test_what_cannot_be_made_says_why(wanted, why):
    with pytest.raises(ConfigurationError, match=why):
        made(wanted)


def test_a_wrong_setting_is_an_unavailable_source_and_never_a_healthy_one(settings):
    settings.ZDT_METRIC_SOURCE = {"kind": "promtheus"}

    reading = chosen().read("prod", "shop", 0, 60)

    assert reading.status is Status.UNAVAILABLE
    assert "promtheus" in reading.reason
    with pytest.raises(Unavailable):
        chosen().clock()
