import re

import pytest

from zdt_core import buckets
from zdt_deploy.canary.cookies import Visitor
from zdt_deploy.canary.routing import Route, decide
from zdt_deploy.canary.traffic.cloud import cookie

LONGEST = 128  # of an expression at an ALB
SHARES = (1, 9, 10, 999, 1_000, 5_000, 12_345, 25_000, 50_000, 98_765, 99_999)


@pytest.mark.parametrize("threshold", SHARES)
def test_an_expression_holds_the_buckets_below_the_share_and_no_others(threshold):
    expression = cookie.members(threshold)
    fits = re.compile(expression).fullmatch
    for bucket in (0, threshold // 2, threshold - 1, threshold, threshold + 1, buckets.STEPS - 1):
        if bucket < buckets.STEPS:
            assert bool(fits(f"zdt_bucket={bucket:05d}")) == (bucket < threshold)
    assert cookie.threshold_of(expression) == threshold
    assert len(expression) <= LONGEST


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        ("zdt_bucket=04999", True),
        ("a=1; zdt_bucket=04999; b=2", True),
        ("a=1;zdt_bucket=04999;b=2", True),
        ("zdt_bucket=05000", False),
        ("zdt_bucket=", False),
        ("zdt_bucket=4", False),
        ("xzdt_bucket=04999", False),
        ("a=zdt_bucket=04999", False),
        ("zdt_bucket=049991", False),
    ],
)
@pytest.mark.parametrize("match", [re.search, re.fullmatch])
def test_whole_cookies_are_compared_whether_the_balancer_anchors_or_not(header, fits, match):
    assert bool(match(cookie.members(5_000), header)) is fits


def test_whoever_has_the_cookie_is_known():
    assert re.fullmatch(cookie.KNOWN, "a=1; zdt_bucket=99999")
    assert not re.fullmatch(cookie.KNOWN, "a=1")


@pytest.mark.parametrize(
    "expression",
    [cookie.KNOWN, "", "zdt_bucket=0", "^(.*; ?)?zdt_bucket=[9-0](;.*)?$",
     "^(.*; ?)?zdt_bucket=0[0-9]{3}[0-4](;.*)?$"],
)  # fmt: skip
def test_what_is_no_share_is_not_taken_for_one(expression):
    assert cookie.threshold_of(expression) is None


@pytest.mark.parametrize("percentage", ["0.5", 1, 5, "12.345", 50, 99])
def test_the_cookie_s_members_are_those_of_the_app(percentage):
    route = Route.of(stable="1.0", canary="2.0", percentage=percentage, epoch=1)
    expression = re.compile(cookie.members(route.threshold))
    for number in range(1_000):
        visitor = Visitor.of(f"id-{number}")
        goes = bool(expression.fullmatch(f"zdt_bucket={visitor.bucket}"))
        assert goes == (decide(route, visitor.key) == "canary")
