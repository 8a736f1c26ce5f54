import socket

import pytest

from tests.deploy.canary.traffic.test_base import Fake
from zdt_core import identity
from zdt_core.conf import conf
from zdt_core.fleet.models import Process
from zdt_deploy.canary.traffic.following import succeed

pytestmark = pytest.mark.django_db


def agent(instance, **facts):
    return Process.objects.create(
        instance=instance, pid=1, release="1.0",
        **{
            "role": "router", "environment": conf.ENVIRONMENT, "service": conf.SERVICE,
            "host": socket.gethostname(), "facts": {"proxy": {"name": "the proxy"}},
        } | facts,
    )  # fmt: skip


def left():
    return {row.instance for row in Process.objects.exclude(left_at=None)}


def test_an_agent_signs_off_for_the_one_before_it():
    agent("before", facts={"proxy": {"name": "the proxy", "trouble": {"code": "x", "params": {}}}})
    agent(identity.instance())

    assert succeed(Fake()) == 1
    assert left() == {"before"}


@pytest.mark.parametrize(
    "facts",
    [
        {"host": "another"},
        {"facts": {"proxy": {"name": "another"}}},
        {"facts": {}},
        {"role": "web"},
        {"environment": "another"},
        {"service": "another"},
    ],
)
def test_others_stay(facts):
    agent("other", **facts)

    assert succeed(Fake()) == 0
    assert left() == set()
