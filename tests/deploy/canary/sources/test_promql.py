import pytest

from zdt_core.exceptions import ConfigurationError
from zdt_deploy.canary.sources.prometheus import Queries
from zdt_deploy.canary.sources.promql import Selector, selectors

LATENCY, ERRORS = "latency_bucket", "requests_total"


def test_a_query_is_read_for_what_it_selects():
    query = 'sum by (a, b) (x_total{code=~"5..|{x=}", env!="b\\"}", job=\'c\'}) + y'

    assert selectors(query) == [Selector("x_total", frozenset({"code", "env", "job"}))]
    assert selectors(" up ") == [Selector("up", frozenset())]


@pytest.mark.parametrize(
    "fine",
    [
        'x{env="$environment",code=~"5..$"}',
        "sum by (release, instance, le) (x{})",
        "sum without (pod) (x{})",
        'zdt_request_errors_total{service="$service",release!=""}',
    ],
)
def test_raw_counters_may_be_asked_for(fine):
    assert Queries(LATENCY, errors=fine)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ('x{env="$env"}', r"errors names \$env; known here: \$environment and \$service"),
        ('x{env="${environment}"}', r"errors names \$\{environment}"),
        ("rate(x[5m])", "asks for rate; name the raw counter"),
        ("increase (x[5m])", "asks for increase"),
        ("x[5m]", r"asks for \[5m\]"),
        ("sum by (release, instance) (x)", "names no metric that can be looked for"),
        ('{job="shop"}', "names no metric"),
        ("sum by (code) (x)", r"loses the label instance, release: it says by \(code\)"),
        ("sum without (release) (x)", "loses the label release"),
        (
            'zdt_request_errors_total{servce="$service"}',
            "names the label servce; zdt_request_errors_total has .*release.*service",
        ),
        ("", "is a text"),
        (7, "is a text, not int"),
        (None, "is a text, not NoneType"),
    ],
)
def test_what_cannot_be_right_is_refused_with_what_is_known(wrong, why):
    with pytest.raises(ConfigurationError, match=why):
        Queries(LATENCY, errors=wrong)


def test_labels_that_scraping_adds_can_be_named():
    query = 'zdt_request_errors_total{pod="a"}'

    with pytest.raises(ConfigurationError, match="named in labels"):
        Queries(LATENCY, errors=query)
    assert Queries(LATENCY, errors=query, labels=["pod"])


def test_every_query_is_checked():
    for option in ("latency", "errors", "up"):
        with pytest.raises(ConfigurationError, match=rf"{option} names \$x"):
            Queries(**{"latency": LATENCY, "errors": ERRORS, option: '{a="$x"}'})
    with pytest.raises(ConfigurationError, match=r"counters\['paid'\] names \$x"):
        Queries(LATENCY, ERRORS, counters={"paid": 'p{a="$x"}'})
