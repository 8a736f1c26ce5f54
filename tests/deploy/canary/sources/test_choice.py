import pytest

from tests.deploy.canary.sources.hostile import KEY
from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_deploy.canary.sources import Clock, Source, Status
from zdt_deploy.canary.sources.built_in import BuiltIn
from zdt_deploy.canary.sources.called import Beside, Called
from zdt_deploy.canary.sources.choice import KINDS, chosen, made
from zdt_deploy.canary.sources.cloudwatch import CloudWatch
from zdt_deploy.canary.sources.datadog import Datadog
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


class Telltale(Own):
    def __init__(self, api_key, url):
        raise RuntimeError(f"cannot log in at {url} with {api_key}")


def measured(**asked):
    return []


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


def test_datadog_takes_its_keys_and_its_queries():
    by = "by {version,host}.as_count()"
    source = made({
        "kind": "datadog", "api_key": "a", "app_key": "b", "requests": f"count:d{{a:b}} {by}",
        "errors": f"sum:e{{a:b}} {by}", "latency": f"count(v: v<=$bound):d{{a:b}} {by}",
    })  # fmt: skip

    assert isinstance(source, Datadog)


def test_cloudwatch_takes_its_region_and_its_metrics():
    source = made({
        "kind": "cloudwatch", "region": "eu-west-1", "namespace": "Shop", "latency": "Duration",
        "errors": "Errors",
    })  # fmt: skip

    assert isinstance(source, CloudWatch)


def test_a_function_takes_its_path():
    assert isinstance(made({"kind": "callable", "path": f"{__name__}.measured"}), Called)


def test_functions_stand_beside_any_source():
    source = made({"functions": {"orders": f"{__name__}.measured"}})

    assert isinstance(source, Beside)
    assert isinstance(source.source, BuiltIn)


def test_a_kind_that_nobody_knows_is_told_those_that_there_are():
    with pytest.raises(ConfigurationError) as caught:
        made({"kind": "promtheus"})

    assert all(repr(kind) in str(caught.value) for kind in KINDS)


def test_what_cannot_be_made_says_so_without_its_secrets():
    wanted = {
        "kind": f"{__name__}.Telltale", "api_key": KEY, "url": f"https://ada:{KEY}-2@p.example",
    }  # fmt: skip

    with pytest.raises(ConfigurationError, match="cannot log in") as caught:
        made(wanted)

    assert KEY not in str(caught.value)


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
        ({"window": 3}, "argument 'window'"),
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
