import pytest

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory
from zdt_deploy.canary.sources.compared import compared, instances

pytestmark = pytest.mark.django_db


def test_what_is_watched_is_compared():
    DeploymentFactory(version="2.0", previous_version="1.0")
    DeploymentFactory(completed=True, version="1.0", previous_version="0.9")
    DeploymentFactory(environment="staging", version="3.0")
    DeploymentFactory(service="pay", version="4.0")

    found = compared("test", "shop")

    assert (found.new, found.old, found.releases) == ({"2.0"}, {"1.0"}, ["1.0", "2.0"])


def test_where_nothing_is_watched_what_is_alive_is_asked_for():
    ProcessFactory(release="1.0", service="shop", environment="test")
    ProcessFactory(release="2.0", service="pay", environment="test")

    assert (compared("test", "shop").new, compared("test", "shop").releases) == (set(), ["1.0"])


def test_instances_are_the_fleets_by_either_name():
    ProcessFactory(release="1.0", service="shop", environment="test", instance="a", host="h")
    ProcessFactory(release="2.0", service="shop", environment="test", instance="b", host="h")

    assert instances("test", "shop", "1.0", "instance") == {"a"}
    assert instances("test", "shop", "1.0", "host") == {"h"}
