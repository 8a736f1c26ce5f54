import pytest

from tests.deploy.canary.traffic.cloud import amazon, cluster

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture(scope="session")
def moto():
    with amazon.moto() as back:
        yield back


@pytest.fixture(scope="session")
def door(moto):
    """One for all tests: each address takes boto3 a client of its own, which is slow to make."""
    door = amazon.Door(moto.application)
    yield door
    door.close()


@pytest.fixture(scope="session")
def made_site(moto, door):
    return amazon.Site(moto, door)


@pytest.fixture
def site(made_site, door, settings, monkeypatch):
    """A load balancer that is as new for each test."""
    settings.ZDT_OUTBOUND_ALLOW = LOOPBACK
    for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(name, value)
    door.calls.clear()
    yield made_site
    door.obey()
    made_site.restore()


@pytest.fixture
def kube(tmp_path):
    """A cluster with one HTTPRoute, and a service account that may read and patch it."""
    with cluster.running(tmp_path) as found:
        yield found
