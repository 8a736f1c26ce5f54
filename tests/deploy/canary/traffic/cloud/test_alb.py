"""An ALB at moto, asked by the real boto3 over HTTP."""

import re
import threading

import pytest

from tests.deploy.canary.splits import route
from tests.deploy.canary.traffic.cloud import amazon
from zdt_core.exceptions import ConfigurationError, Refused
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.base import Applied, bring
from zdt_deploy.canary.traffic.cloud import amazon as calls
from zdt_deploy.canary.traffic.cloud import cookie
from zdt_deploy.canary.traffic.cloud.alb import Alb
from zdt_deploy.canary.traffic.cloud.applying import LEASE_SECONDS
from zdt_deploy.canary.traffic.cloud.forwards import Forward

pytestmark = pytest.mark.system
EVERYBODY = Route.of(stable="2.0", canary="", percentage=0, epoch=9)


def refusal(act, *args):
    with pytest.raises(Refused) as caught:
        act(*args)
    assert "unknown)" not in str(caught.value)
    return caught.value


def test_a_share_sends_its_members_to_the_canary_and_nobody_else(site):
    driver = site.driver()
    bring(driver, route("12.345"))
    assert site.sends(site.members) == {"2.0": 1}
    assert site.sends(site.listener) == {"1.0": 1}
    fits = re.compile(site.expression()).fullmatch
    assert fits("a=1; zdt_bucket=12344")
    assert not fits("a=1; zdt_bucket=12345")
    assert driver.read() == Applied("1.0", "2.0", 12_345)


def test_a_rollback_removes_the_canary_from_every_rule_and_leaves_no_weight_of_0(site):
    driver = site.driver(others=site.known, newcomers=site.listener)
    bring(driver, route(25))
    assert site.anywhere("2.0")
    bring(driver, route(0))
    assert not site.anywhere("2.0")
    assert driver.read() == Applied("1.0", "2.0", 0)


def test_a_weight_of_0_is_not_taken_for_a_rollback(site):
    weights = Forward({site.groups["1.0"]: 1, site.groups["2.0"]: 0})
    site.api.modify_listener(ListenerArn=site.listener, DefaultActions=[weights.action(None)])
    assert site.driver().read() is None
    bring(site.driver(), route(0))
    assert not site.anywhere("2.0")


def test_at_100_percent_everybody_is_on_the_canary_and_it_becomes_stable(site):
    driver = site.driver()
    bring(driver, route(50))
    bring(driver, route(100))
    assert site.sends(site.members) == site.sends(site.listener) == {"2.0": 1}
    assert driver.read() == Applied("1.0", "2.0", 100_000)
    completed = site.driver("2.0", "")
    site.door.calls.clear()
    bring(completed, EVERYBODY)
    assert not [each for each in site.door.calls if each.startswith("Modify")]


def test_visitors_without_a_cookie_are_split_by_weights_within_what_an_alb_takes(site):
    driver = site.driver(others=site.known, newcomers=site.listener)
    bring(driver, route("12.5"))
    assert site.sends(site.listener) == {"1.0": 875, "2.0": 125}
    assert site.sends(site.known) == {"1.0": 1}
    bring(driver, route("0.001"))
    assert site.sends(site.listener) == {"1.0": 999, "2.0": 1}
    assert driver.read().threshold == 1


def test_weights_out_of_range_are_never_asked_for():
    with pytest.raises(ValueError, match="1000"):
        Forward({"arn": 1000})


def test_other_conditions_and_a_login_before_the_forward_stay(site):
    login = {
        "Type": "authenticate-oidc", "Order": 1,
        "AuthenticateOidcConfig": {
            "Issuer": "https://id.example.com", "AuthorizationEndpoint": "https://id.example.com/a",
            "TokenEndpoint": "https://id.example.com/t", "UserInfoEndpoint": "https://id.example.com/u",
            "ClientId": "shop", "ClientSecret": "hidden",
        },
    }  # fmt: skip
    forward = amazon.to(site.groups["1.0"]) | {"Order": 2}
    site.api.modify_rule(RuleArn=site.members, Actions=[login, forward])
    bring(site.driver(), route(5))
    found = site.described(site.members)
    assert [each["Type"] for each in found["Actions"]] == ["authenticate-oidc", "forward"]
    assert [each["Order"] for each in found["Actions"]] == [1, 2]
    hosts = [each for each in found["Conditions"] if each["Field"] == "host-header"]
    assert hosts[0]["HostHeaderConfig"]["Values"] == ["shop.example.com"]


def test_target_group_stickiness_would_outlast_a_rollback_and_is_turned_off(site):
    sticky = amazon.to(site.groups["1.0"], Enabled=True, DurationSeconds=60)
    site.api.modify_rule(RuleArn=site.members, Actions=[sticky])
    assert site.driver().read() is None
    bring(site.driver(), route(0))
    config = site.described(site.members)["Actions"][0]["ForwardConfig"]
    assert config["TargetGroupStickinessConfig"]["Enabled"] is False


def test_what_is_applied_already_is_not_asked_for_again(site):
    bring(site.driver(), route(5))
    site.door.calls.clear()
    bring(site.driver(), route(5))
    assert not [each for each in site.door.calls if each.startswith("Modify")]


def test_what_somebody_else_changed_is_found_and_mended(site):
    bring(site.driver(), route(5))
    site.api.modify_rule(RuleArn=site.members, Actions=[amazon.to(site.groups["1.0"])])
    assert site.driver().read().threshold == 0
    bring(site.driver(), route(5))
    assert site.driver().read().threshold == 5_000


# ---- the target groups ----


def test_nobody_is_sent_to_a_group_without_a_healthy_target_but_its_health_is_asked_for(site):
    driver = site.driver()
    site.deregister(site.groups["2.0"])
    found = refusal(bring, driver, route(5))
    assert (found.code, found.params["group"]) == ("balancer_group_idle", "shop-2-0")
    assert site.sends(site.members) == {"1.0": 1, "2.0": 0}
    site.register(site.groups["2.0"])
    bring(driver, route(5))
    assert site.sends(site.members) == {"2.0": 1}


def test_a_rollback_does_not_need_the_canary_s_group(site):
    bring(site.driver(), route(5))
    site.api.modify_rule(RuleArn=site.members, Actions=[amazon.to(site.groups["1.0"])])
    site.api.delete_target_group(TargetGroupArn=site.groups.pop("2.0"))
    bring(site.driver(), route(0))
    assert site.driver().read().threshold == 0


def test_a_group_that_is_not_there_is_named(site):
    found = refusal(bring, site.driver(canary="3.0"), route(5, canary="3.0"))
    assert (found.code, found.params["what"]) == ("balancer_missing", "shop-3-0")


def test_groups_may_be_told_apart_by_a_tag(site):
    for name, release in (("shop-1-0", "5.0"), ("shop-2-0", "6.0")):
        arn = site.groups[name.removeprefix("shop-").replace("-", ".")]
        tags = [{"Key": "zdt-release", "Value": release}]
        site.api.add_tags(ResourceArns=[arn], Tags=tags)
    driver = site.driver("5.0", "6.0", target_groups=["shop-1-0", "shop-2-0"])
    bring(driver, route(5, stable="5.0", canary="6.0"))
    assert driver.read() == Applied("5.0", "6.0", 5_000)
    assert site.sends(site.members) == {"2.0": 1}
    found = refusal(driver.set, route(5, stable="5.0", canary="7.0"))
    assert found.params["what"] == "target group with the tag zdt-release=7.0"


def test_two_groups_of_one_release_are_no_answer(site):
    for arn in site.groups.values():
        site.api.add_tags(ResourceArns=[arn], Tags=[{"Key": "zdt-release", "Value": "2.0"}])
    driver = site.driver(target_groups=["shop-1-0", "shop-2-0"])
    assert refusal(driver.read).code == "balancer_misfit"


# ---- what goes wrong ----


def test_a_balancer_that_takes_a_change_and_does_not_apply_it_is_found_by_asking_it(site):
    site.door.swallow("ModifyRule", "ModifyListener")
    assert refusal(bring, site.driver(), route(5)).code == "proxy_does_not_apply"
    site.door.obey()
    bring(site.driver(), route(5))


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, "Throttling", "balancer_unanswered"),
        (429, "TooManyRequestsException", "balancer_unanswered"),
        (503, "ServiceUnavailable", "balancer_unanswered"),
        (500, "InternalFailure", "balancer_unanswered"),
        (403, "AccessDenied", "balancer_denied"),
        (403, "ExpiredToken", "balancer_unknown_caller"),
        (400, "ValidationError", "balancer_rejects"),
    ],
)
def test_an_error_says_whether_to_wait_or_what_to_mend(site, status, error, code):
    site.door.fail(status, error, "ModifyRule")
    found = refusal(bring, site.driver(), route(5))
    assert found.code == code
    if code == "balancer_denied":
        assert found.params["permission"] == "elasticloadbalancing:ModifyRule"


def test_reading_may_be_denied_alone(site):
    site.door.fail(403, "AccessDenied", "DescribeRules")
    found = refusal(site.driver().read)
    assert found.params["permission"] == "elasticloadbalancing:DescribeRules"


def test_a_change_that_fails_halfway_is_finished_by_the_next_attempt(site):
    driver = site.driver()
    bring(driver, route(100))
    site.door.fail(400, "Throttling", "ModifyListener")
    assert refusal(bring, driver, route(0)).code == "balancer_unanswered"
    assert site.sends(site.members) == {"1.0": 1}
    site.door.obey()
    bring(driver, route(0))
    assert not site.anywhere("2.0")


def test_a_rollback_gets_as_far_as_it_can_where_a_rule_is_gone(site):
    driver = site.driver(others=site.known, newcomers=site.listener)
    bring(driver, route(25))
    site.api.delete_rule(RuleArn=site.members)
    assert refusal(bring, driver, route(0)).code == "balancer_missing"
    assert not site.anywhere("2.0")


def test_a_rollback_takes_the_canary_out_of_a_rule_that_has_lost_its_condition(site):
    bring(site.driver(), route(25))
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
    site.api.modify_rule(RuleArn=site.members, Conditions=[path])
    assert refusal(bring, site.driver(), route(0)).code == "balancer_misfit"
    assert not site.anywhere("2.0")


def test_a_look_is_over_before_somebody_else_may_begin_one(site):
    """Else a change that was asked for late would undo a rollback that is confirmed already."""
    assert calls.LOOK_SECONDS + calls.DEADLINE_SECONDS < LEASE_SECONDS
    driver = site.driver()
    driver._balancing._until = 0.0
    site.door.calls.clear()
    assert "20 s" in refusal(driver.set, route(5)).params["reason"]
    assert site.door.calls == []


def test_signatures_and_tokens_are_not_logged(site, caplog):
    caplog.set_level("DEBUG")
    bring(site.driver(), route(5))
    assert "Signature" not in caplog.text
    assert "Authorization" not in caplog.text


def test_a_balancer_that_hangs_is_not_waited_for(site, monkeypatch):
    monkeypatch.setattr(calls, "DEADLINE_SECONDS", 0.2)
    over = threading.Event()

    def hang(operation):
        over.wait(5)

    site.door.hook = hang
    try:
        found = refusal(site.driver().read)
    finally:
        over.set()
    assert found.code == "balancer_unanswered"
    assert "0.2 s" in found.params["reason"]


def test_nobody_there_is_an_answer_to_wait_for(site):
    driver = site.driver(endpoint="http://127.0.0.1:1")
    assert refusal(driver.read).code == "balancer_unanswered"


def test_rules_that_cannot_carry_a_share_are_named(site):
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    site.api.modify_rule(RuleArn=site.members, Actions=[answer])
    assert refusal(bring, site.driver(), route(5)).code == "balancer_misfit"
    assert refusal(site.driver(members=site.known + "0").read).code == "balancer_missing"


def test_the_rule_of_members_needs_the_condition_on_the_cookie(site):
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
    arn = site.api.create_rule(
        ListenerArn=site.listener, Priority=30, Conditions=[path],
        Actions=[amazon.to(site.groups["1.0"])],
    )["Rules"][0]["RuleArn"]  # fmt: skip
    found = refusal(site.driver(members=arn).read)
    assert "zdt_bucket" in found.params["reason"]


def test_nobody_is_sent_to_a_stable_release_that_is_not_known(site):
    driver = site.driver("", "2.0")
    assert refusal(driver.set, route(0, stable="")).code == "balancer_without_release"


RULE = "arn:aws:elasticloadbalancing:eu-central-1:1:listener-rule/app/shop/1/2/3"
LISTENER = "arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/shop/1/2"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"members": LISTENER}, "members is the ARN of a listener's rule, not"),
        ({"others": "shop"}, "or of a listener"),
        ({"others": RULE}, "different rules"),
        ({"target_groups": "shop"}, "{release}"),
        ({"target_groups": []}, "1 to 20 names"),
    ],
)
def test_options_that_cannot_be_meant_are_named(options, told):
    given = {"members": RULE, "others": LISTENER, "target_groups": "shop-{release}"} | options
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        Alb("edge", "1.0", "2.0", **given)


def test_an_expression_by_hand_is_no_share(site):
    assert cookie.threshold_of(site.expression()) == 1000
    bring(site.driver(), route(5))
    ours = {"HttpHeaderName": "Cookie", "RegexValues": [cookie.KNOWN]}
    site.api.modify_rule(
        RuleArn=site.members, Conditions=[{"Field": "http-header", "HttpHeaderConfig": ours}]
    )
    assert site.driver().read() is None
