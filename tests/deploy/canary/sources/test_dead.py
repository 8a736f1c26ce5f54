"""What a dead or hostile source does to a canary: held, then the policy, and no secret is told."""

import json

import pytest

from tests.core.outbound import servers
from tests.deploy.canary.scene import Scene
from tests.deploy.canary.sources.hostile import KEY
from zdt_core.events import Event as Fact
from zdt_deploy.canary.sources.choice import made
from zdt_deploy.canary.sources.prometheus import Prometheus
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
WHERE = "{env:$environment} by {version,host}.as_count()"
HOSTILE = json.dumps({"error": f"who is {KEY}?", "errors": [f"who is {KEY}?"]}).encode()


def prometheus(url):
    secret = url.replace("//", f"//ada:{KEY}@")
    return {"kind": "prometheus", "url": secret, "latency": "l_bucket", "errors": "e{}"}


def datadog(url):
    return {
        "kind": "datadog", "url": url, "api_key": KEY, "app_key": KEY,
        "requests": f"count:d{WHERE}", "errors": f"sum:e{WHERE}",
        "latency": f"count(v: v<=$bound):d{WHERE}",
    }  # fmt: skip


def cloudwatch(url):
    return {
        "kind": "cloudwatch", "endpoint": url, "region": "eu-west-1", "namespace": "Shop",
        "latency": "Duration", "errors": "Errors", "instance": "",
    }  # fmt: skip


class Timed:
    """A source in a scene whose time is moved by hand."""

    def __init__(self, source):
        self.source = source

    def __getattr__(self, name):
        return getattr(self.source, name)

    def pass_time(self, seconds):
        pass


def watched(share, patience=120):
    """A deployment at ``share`` that was well so far."""
    scene = Scene(
        steps=[{"percentage": share, "bake_seconds": 600}, {"percentage": 100, "bake_seconds": 60}],
        patience_seconds=patience,
    )
    scene.arrive()
    scene.minutes(1)
    return scene


@pytest.fixture(autouse=True)
def keys(monkeypatch, settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-trial")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)


@pytest.fixture
def server():
    with servers.listening() as heard:
        heard.answer(403, HOSTILE)
        yield heard


@pytest.mark.parametrize("options", [prometheus, datadog, cloudwatch])
def test_a_canary_is_held_and_goes_back_when_its_patience_is_over(server, options, caplog):
    caplog.set_level("DEBUG")
    scene = watched(5)

    scene.traffic = Timed(made(options(server.url)))
    scene.minutes(1)

    assert (scene.state, scene.deployment.code) == (State.HELD, "metrics_unavailable")
    scene.minutes(3)
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "blind_too_long")
    assert server.requests
    told = [str(scene.verdicts), *(f"{each.params} {each.evidence}" for each in scene.verdicts)]
    told += [f"{fact.code} {fact.params}" for fact in Fact.objects.all()]
    told += [str(scene.deployment.params), caplog.text]
    assert "403" in str(told)
    assert not any(KEY in text for text in told)


def test_a_canary_from_half_up_is_held_until_somebody_decides(server):
    scene = watched(50)

    scene.traffic = Timed(made(datadog(server.url)))
    scene.minutes(4)

    assert (scene.state, scene.share.percentage) == (State.HELD, 50)


@pytest.mark.parametrize("now", ["1e300", "4102444800"])
def test_a_clock_that_cannot_be_right_leaves_nothing_behind(server, now):
    """Else every later window would lie in the past of the run's cursor."""
    scene = watched(5, patience=600)
    real = scene.traffic
    server.answers.clear()
    scalar = {"resultType": "scalar", "result": [0, now]}
    server.answer(200, json.dumps({"status": "success", "data": scalar}).encode())

    scene.traffic = Timed(made(prometheus(server.url)))
    scene.minutes(1)
    assert isinstance(scene.traffic.source, Prometheus)
    assert (scene.state, scene.deployment.code) == (State.HELD, "metrics_unavailable")
    scene.traffic = real
    scene.traffic.pass_time(60)
    scene.minutes(2)

    assert (scene.state, scene.last.outcome) == (State.OBSERVING, "ok")
