import pytest

from tests.deploy.canary.traffic.cloud import pretend
from tests.deploy.canary.traffic.cloud.test_applying import balancer, look, scene  # noqa: F401
from zdt_core.doctor.look import Look
from zdt_deploy.canary.traffic.cloud import doctor

pytestmark = pytest.mark.django_db


def findings():
    return list(doctor.balancers(Look(quick=False)))


def test_without_balancers_there_is_nothing_to_say(settings):
    assert findings() == []


def test_one_that_does_what_is_published_is_well(scene):  # noqa: F811
    look()
    (found,) = findings()
    assert (found.standing, found.text) == ("ok", "edge does what is published: 5 %")


def test_the_reason_of_the_last_attempt_is_told(scene, balancer):  # noqa: F811
    balancer.trouble = pretend.denied()
    look()
    (found,) = findings()
    assert found.standing == "wrong"
    assert "elasticloadbalancing:ModifyRule" in found.text


def test_one_that_was_changed_since_is_told(scene, balancer):  # noqa: F811
    look()
    balancer.does = None
    (found,) = findings()
    assert "it does something else now" in found.text


def test_one_that_cannot_be_read_names_the_missing_permission(kube, settings):
    settings.ZDT_TRAFFIC = {"gateway": {"BACKEND": "gateway_api", "OPTIONS": kube.options()}}
    kube.verbs = {"get"}
    (found,) = findings()
    assert found.standing == "wrong"
    assert "patch httproutes.gateway.networking.k8s.io/shop in namespace shop" in found.text


def test_a_setting_that_cannot_be_used_is_told(settings):
    settings.ZDT_TRAFFIC = {"edge": {"BACKEND": 1}}
    (found,) = findings()
    assert "needs a BACKEND" in found.text
