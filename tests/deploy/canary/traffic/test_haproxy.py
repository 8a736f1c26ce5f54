from decimal import Decimal

import pytest

from zdt_core import fleet
from zdt_deploy.canary.router import Router
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.haproxy.agent import Agent
from zdt_deploy.canary.traffic.haproxy.configuration import map_value, render

ROUTE = Route.of(stable="1.0", canary="2.0", percentage=Decimal("12.345"), epoch=3)


@pytest.mark.parametrize(
    ("route", "value"),
    [
        (None, "0|1.0|"),
        (ROUTE, "12345|1.0|2.0"),
        (ROUTE.shut(), "0|1.0|2.0"),
        (Route.of(stable="2.0", canary="", percentage=0, epoch=4), "0|2.0|"),
        (Route.of(stable="", canary="2.0", percentage=100, epoch=4), "100000|1.0|2.0"),
    ],
)
def test_threshold_and_releases_travel_in_one_value(route, value):
    assert map_value(route, "1.0") == value


def test_every_release_has_a_backend_of_its_own_with_active_checks(tmp_path):
    text = render(
        bind="fd@3",
        socket=tmp_path / "s",
        map_file=tmp_path / "m",
        pools={"1.0": ["127.0.0.1:8001"], "2.0+rc": ["127.0.0.1:8002", "127.0.0.1:8003"]},
        default="1.0",
    )
    assert "default_backend release_0" in text
    assert "use_backend release_1 if { var(txn.first) -m str 2.0+rc }" in text
    assert text.count("http-check send meth GET uri /health/ready") == 2
    assert "server s1 127.0.0.1:8003 check" in text


class Runtime:
    """HAProxy's socket, as far as the agent sees it."""

    def __init__(self):
        self.held, self.refuses = [], False

    def set(self, key, value):
        if self.refuses:
            raise OSError("no")
        self.held.append(value)


@pytest.fixture
def told(monkeypatch):
    epochs = []
    monkeypatch.setattr(fleet, "acknowledge", lambda name, epoch: epochs.append(epoch))
    return epochs


def test_an_epoch_is_acknowledged_once_haproxy_holds_it(told):
    runtime = Runtime()
    agent = Agent(runtime, Router(lambda *_: ROUTE, lambda *_: None), "1.0")
    runtime.refuses = True
    with pytest.raises(OSError, match="no"):
        agent.follow()
    assert told == []
    runtime.refuses = False
    agent.follow()
    agent.follow()
    assert runtime.held == ["12345|1.0|2.0"]
    assert told == [3, 3]


def test_haproxy_is_told_zero_when_nobody_renews_the_share(told):
    now, runtime = [0.0], Runtime()
    share = Route.of(stable="1.0", canary="2.0", percentage=5, epoch=3, valid_for=180.0)
    reads = iter([share])
    agent = Agent(
        runtime,
        Router(lambda *_: next(reads, None), lambda *_: None, clock=lambda: now[0]),
        "1.0",
    )
    agent.follow()
    now[0] = 180.0
    agent.follow()
    assert runtime.held == ["5000|1.0|2.0", "0|1.0|2.0"]
