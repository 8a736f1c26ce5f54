"""An HTTPRoute at a stand-in for the API server, over HTTP."""

import json
import re

import pytest

from tests.core.outbound.conftest import certificate, own_certificate  # noqa: F401
from tests.deploy.canary.splits import route
from tests.deploy.canary.traffic.cloud import cluster
from zdt_core.exceptions import ConfigurationError, Refused
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.base import Applied, bring
from zdt_deploy.canary.traffic.cloud import cookie, kubernetes
from zdt_deploy.canary.traffic.cloud.applying import LEASE_SECONDS
from zdt_deploy.canary.traffic.cloud.gateway_api import GatewayApi

MEMBERS, REST, FILES = 0, 1, 2


def refusal(act, *args):
    with pytest.raises(Refused) as caught:
        act(*args)
    assert "unknown)" not in str(caught.value)
    return caught.value


def test_a_share_sends_its_members_to_the_canary_and_nobody_else(kube):
    driver = kube.driver()
    bring(driver, route("12.345"))
    assert kube.sends(MEMBERS) == {"shop-web-2-0": 1}
    assert kube.sends(REST) == {"shop-web-1-0": 1}
    fits = re.compile(kube.rules[MEMBERS]["matches"][0]["headers"][0]["value"]).fullmatch
    assert fits("a=1; zdt_bucket=12344")
    assert not fits("a=1; zdt_bucket=12345")
    assert driver.read() == Applied("1.0", "2.0", 12_345)


def test_what_is_somebody_else_s_stays_as_it_is(kube):
    before = json.loads(json.dumps(kube.route))
    bring(kube.driver(), route(5))
    assert kube.rules[FILES] == before["spec"]["rules"][FILES]
    assert kube.route["spec"]["hostnames"] == before["spec"]["hostnames"]
    assert kube.rules[MEMBERS]["backendRefs"][0]["port"] == 80


def test_a_rollback_removes_the_canary_and_leaves_no_weight_of_0(kube):
    driver = kube.driver()
    bring(driver, route(25))
    bring(driver, route(0))
    assert "shop-web-2-0" not in json.dumps(kube.rules)
    assert driver.read() == Applied("1.0", "2.0", 0)


def test_at_100_percent_everybody_is_on_the_canary_and_it_becomes_stable(kube):
    driver = kube.driver()
    bring(driver, route(50))
    bring(driver, route(100))
    assert kube.sends(MEMBERS) == kube.sends(REST) == {"shop-web-2-0": 1}
    assert driver.read() == Applied("1.0", "2.0", 100_000)
    completed = Route.of(stable="2.0", canary="", percentage=0, epoch=9)
    kube.asked.clear()
    bring(kube.driver("2.0", ""), completed)
    assert kube.asked == ["get"]


def test_visitors_without_a_cookie_are_split_by_weights_where_a_rule_knows_the_others(kube):
    kube.change(rules=[kube.rules[0], cluster.rule("shop-web-1-0", expression=cookie.KNOWN),
                       *kube.rules[1:]])  # fmt: skip
    bring(kube.driver(), route("12.5"))
    assert kube.sends(1) == {"shop-web-1-0": 1}
    assert kube.sends(2) == {"shop-web-1-0": 875, "shop-web-2-0": 125}
    assert kube.driver().read().threshold == 12_500
    bring(kube.driver(), route(0))
    assert "shop-web-2-0" not in json.dumps(kube.rules)


def test_several_paths_move_together(kube):
    api = [cluster.rule("shop-web-1-0", expression=cookie.members(1000), path="/api"),
           cluster.rule("shop-web-1-0", path="/api")]  # fmt: skip
    kube.change(rules=[*kube.rules, *api])
    bring(kube.driver(), route(5))
    assert kube.sends(3) == {"shop-web-2-0": 1}
    assert kube.sends(4) == {"shop-web-1-0": 1}
    kube.change(rules=[*kube.rules[:3], api[0], kube.rules[4]])
    assert kube.driver().read() is None


def test_a_route_that_somebody_changes_meanwhile_is_read_anew_and_nothing_is_lost(kube):
    kube.meddles = 2
    bring(kube.driver(), route(5))
    assert kube.route["spec"]["hostnames"] == ["0.example.com"]
    assert kube.asked.count("patch") == 3


def test_one_that_is_changed_all_the_time_is_left_for_later(kube):
    kube.meddles = 100
    assert refusal(bring, kube.driver(), route(5)).code == "balancer_changed_meanwhile"


def test_a_server_that_takes_a_change_and_does_not_apply_it_is_found_by_asking_it(kube):
    kube.applies = False
    assert refusal(bring, kube.driver(), route(5)).code == "proxy_does_not_apply"


@pytest.mark.parametrize(
    ("controller", "told"),
    [
        ("asleep", "has not looked at generation 2"),
        ("BackendNotFound", "BackendNotFound"),
        ("picky", "leaves rules out: UnsupportedValue"),
    ],
)
def test_a_change_counts_once_the_controller_has_taken_it_over(kube, controller, told):
    kube.controller = controller
    driver = kube.driver()
    assert refusal(bring, driver, route(5)).code == "proxy_does_not_apply"
    assert told in driver.doubt
    kube.controller = "prompt"
    kube._reconcile()
    bring(driver, route(5))
    assert driver.doubt == ""


def test_a_route_that_no_controller_knows_is_not_applied(kube):
    kube.route = {**kube.route, "status": {}}
    driver = kube.driver()
    assert driver.read() is None
    assert "no controller" in driver.doubt


def test_a_rollback_is_asked_for_though_the_controller_is_asleep(kube):
    bring(kube.driver(), route(5))
    kube.controller = "asleep"
    refusal(bring, kube.driver(), route(0))
    assert "shop-web-2-0" not in json.dumps(kube.rules)


def test_a_rollback_gets_as_far_as_it_can_where_a_rule_is_gone(kube):
    bring(kube.driver(), route(100))
    kube.change(rules=kube.rules[REST:])
    assert refusal(bring, kube.driver(), route(0)).code == "balancer_misfit"
    assert "shop-web-2-0" not in json.dumps(kube.rules)
    assert refusal(bring, kube.driver(), route(5)).code == "balancer_misfit"
    assert "shop-web-2-0" not in json.dumps(kube.rules)


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "balancer_unanswered"), (500, "balancer_unanswered"), (503, "balancer_unanswered"),
     (401, "balancer_unknown_caller"), (404, "balancer_missing"), (422, "balancer_rejects")],
)  # fmt: skip
def test_an_error_says_whether_to_wait_or_what_to_mend(kube, status, code):
    kube.answers = [(status, json.dumps(cluster.status(status, "so it is")).encode())]
    assert refusal(kube.driver().read).code == code


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null"])
def test_an_answer_that_is_no_object_is_none(kube, body):
    kube.answers = [(200, body)]
    assert refusal(kube.driver().read).code == "balancer_unanswered"


def test_the_missing_permission_is_named(kube):
    kube.verbs = {"get"}
    found = refusal(bring, kube.driver(), route(5))
    assert found.code == "balancer_denied"
    assert found.params["permission"] == (
        "patch httproutes.gateway.networking.k8s.io/shop in namespace shop"
    )


def test_whether_a_change_would_be_let_through_can_be_asked_without_one(kube):
    before = kube.route
    kube.driver().rehearse()
    assert (kube.route, kube.asked) == (before, ["patch (rehearsed)"])
    kube.verbs = {"get"}
    assert refusal(kube.driver().rehearse).code == "balancer_denied"


def test_a_token_is_read_each_time_as_it_is_renewed(kube):
    driver = kube.driver()
    (kube.folder / "token").write_text("an old one")
    assert refusal(driver.read).code == "balancer_unknown_caller"
    (kube.folder / "token").write_text(cluster.TOKEN)
    driver.read()


def test_the_cluster_s_own_authority_is_trusted_and_no_other(tmp_path, certificate):  # noqa: F811
    with cluster.running(tmp_path, certificate.wrap) as kube:
        found = refusal(kube.driver().read)
        assert "not trusted" in found.params["reason"]
        (tmp_path / "ca.crt").write_text(certificate.file.read_text())
        bring(kube.driver(), route(5))


@pytest.mark.parametrize("url", ["http://10.0.0.1:6443", "http://127.0.0.1.example", "k8s"])
def test_a_token_is_sent_to_nobody_in_plain_words(url):
    with pytest.raises(ConfigurationError, match="https"):
        GatewayApi("edge", "1.0", "2.0", route="shop", services="s-{release}", url=url)


def test_a_look_is_over_before_somebody_else_may_begin_one(kube):
    assert kubernetes.LOOK_SECONDS + kubernetes.DEADLINE_SECONDS < LEASE_SECONDS
    driver = kube.driver()
    driver._server._until = 0.0
    assert "20 s" in refusal(driver.set, route(5)).params["reason"]
    assert kube.asked == []


def test_outside_of_a_pod_it_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    driver = GatewayApi(
        "edge", "1.0", "2.0", route="shop", services="s-{release}", account=tmp_path
    )
    assert refusal(driver.read).code == "balancer_unknown_caller"
    for name in ("token", "namespace"):
        (tmp_path / name).write_text("x")
    assert "no pod" in refusal(driver.read).params["reason"]


def test_a_route_that_cannot_carry_a_share_says_why(kube):
    kube.change(rules=kube.rules[1:])
    assert "zdt_bucket" in refusal(kube.driver().read).params["reason"]
    kube.change(rules=[cluster.rule("other", expression=cookie.members(1))])
    assert "shop-web-1-0 or shop-web-2-0" in refusal(kube.driver().read).params["reason"]


def test_a_service_s_name_has_to_be_one(kube):
    found = refusal(kube.driver(canary="x" * 60).read)
    assert found.code == "balancer_misfit"
    with pytest.raises(ConfigurationError, match="release"):
        GatewayApi("edge", "1", "2", route="shop", services="shop")
