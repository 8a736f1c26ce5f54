"""The rules, rights and manifests for balancers of a cloud do what their page says."""

from __future__ import annotations

import json
import re

import boto3
import pytest
import yaml
from botocore.validate import validate_parameters

from tests.deploy.canary.splits import route
from tests.deploy.canary.traffic.cloud import cluster
from tests.docs import snippets
from zdt_deploy.canary.traffic.base import bring
from zdt_deploy.canary.traffic.cloud import cookie, forwards, messages
from zdt_deploy.canary.traffic.cloud.amazon import Balancing
from zdt_deploy.canary.traffic.cloud.choice import problems

RECIPES = snippets.ROOT / "docs" / "recipes"
PAGE = snippets.ROOT / "docs" / "how-to" / "balancers.md"
CLOUD = snippets.ROOT / "zdt_deploy" / "canary" / "traffic" / "cloud"


def load(name: str):
    return json.loads((RECIPES / "alb" / name).read_text())


@pytest.mark.parametrize("name", ["members.json", "known.json"])
def test_a_rule_is_what_the_api_takes_and_the_driver_moves(name):
    api = boto3.client("elbv2", region_name="eu-central-1")
    rule = load(name)
    validate_parameters(rule, api.meta.service_model.operation_model("CreateRule").input_shape)
    assert forwards.is_members(rule["Conditions"])


def test_before_the_first_share_no_visitor_is_a_member():
    expression = re.compile(forwards.expression_of(load("members.json")["Conditions"]) or "")
    assert not expression.search("zdt_bucket=07042")
    assert forwards.expression_of(load("known.json")["Conditions"]) == cookie.KNOWN


def test_the_policy_allows_what_the_driver_asks_for_and_no_more():
    allowed = {action for each in load("policy.json")["Statement"] for action in each["Action"]}
    source = "".join(path.read_text() for path in CLOUD.glob("*.py"))
    asked = set(re.findall(r'\.ask\(\s*"(\w+)"', source))
    names = {"elasticloadbalancing:" + "".join(map(str.title, each.split("_"))) for each in asked}
    assert len(asked) > 5
    assert allowed == names
    assert Balancing.ask.__doc__


def test_the_manifest_of_a_route_takes_a_share(tmp_path):
    found = yaml.safe_load((RECIPES / "gateway-api" / "route.yaml").read_text())
    with cluster.running(tmp_path) as kube:
        kube.change(**found["spec"])
        bring(kube.driver(), route(5))
        assert kube.sends(0) == {"shop-web-2-0": 1}
        assert kube.rules[0]["backendRefs"][0]["port"] == 80


def test_the_service_account_may_do_what_the_driver_asks_for_and_no_more():
    text = (RECIPES / "gateway-api" / "access.yaml").read_text()
    kinds = {each["kind"]: each for each in yaml.safe_load_all(text)}
    (rule,) = kinds["Role"]["rules"]
    assert set(rule["verbs"]) == {"get", "patch"}
    assert (rule["resources"], rule["resourceNames"]) == (["httproutes"], ["shop"])
    assert kinds["RoleBinding"]["roleRef"]["name"] == kinds["Role"]["metadata"]["name"]


def test_the_settings_of_the_page_can_be_used(settings):
    blocks = [each for each in snippets.read(PAGE).snippets if each.language == "python"]
    assert len(blocks) == 2
    for block in blocks:
        namespace: dict[str, object] = {}
        exec(block.code, namespace)
        settings.ZDT_TRAFFIC = namespace["ZDT_TRAFFIC"]
        assert list(problems()) == []


def test_the_page_names_every_answer_that_somebody_may_have_to_look_up():
    text = PAGE.read_text()
    missing = [code for code in messages.NEED_A_PERSON if f"`{code}`" not in text]
    assert missing == ["balancer_without_release"]


def test_every_file_is_shown_or_linked():
    text = PAGE.read_text()
    for path in [*(RECIPES / "alb").iterdir(), *(RECIPES / "gateway-api").iterdir()]:
        assert f"../recipes/{path.relative_to(RECIPES)}" in text
