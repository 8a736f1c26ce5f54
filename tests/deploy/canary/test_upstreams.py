import pytest

from tests.deploy.canary import site
from tests.deploy.canary.splits import apply, key_in
from zdt_core.exceptions import ConfigurationError
from zdt_core.metering.ledger import ledger
from zdt_deploy.canary import checks, service_headers, service_url
from zdt_deploy.canary.cookies import jar
from zdt_deploy.canary.upstreams import FELL_BACK

pytestmark = [pytest.mark.usefixtures("no_split"), pytest.mark.urls("tests.deploy.canary.site")]

BACKEND = {"stable": "http://backend-stable:8080", "canary": "http://backend-canary:8080/"}


@pytest.fixture(autouse=True)
def upstreams(settings):
    settings.MIDDLEWARE = site.MIDDLEWARE
    settings.ZDT_UPSTREAMS = {"backend": BACKEND, "search": {"stable": "http://search:80"}}
    return settings.ZDT_UPSTREAMS


@pytest.mark.parametrize(
    ("key", "url"),
    [
        (key_in(0, 10), b"http://backend-canary:8080"),
        (key_in(10, 100), b"http://backend-stable:8080"),
    ],
)
def test_a_call_goes_where_the_visitor_belongs(client, key, url):
    apply(10)
    client.cookies["zdt_id"] = jar().issue(key).cookie
    response = client.get("/upstream")

    assert response.content == url
    assert response["Vary"] == "Cookie"


@pytest.fixture
def canary_request(client):
    apply(100)
    return client.get("/").wsgi_request


def test_the_decision_travels_to_the_upstream(canary_request):
    assert service_headers(canary_request) == {"X-Deployment-Version": "canary"}


def test_without_a_canary_url_the_call_goes_to_stable_and_is_counted(canary_request):
    assert service_url(canary_request, "search") == "http://search:80"
    assert ledger.settle().counters == {FELL_BACK: 1}


def test_a_request_that_nobody_decided_on_goes_to_stable_and_is_counted(rf):
    assert service_url(rf.get("/"), "backend") == "http://backend-stable:8080"
    assert service_headers(rf.get("/")) == {"X-Deployment-Version": "stable"}
    assert ledger.settle().counters == {FELL_BACK: 1}


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(canary_request):
    with pytest.raises(ConfigurationError, match=r"no upstream 'payments'.*: backend, search\."):
        service_url(canary_request, "payments")


def test_a_missing_canary_url_is_refused_by_a_check(upstreams):
    [error] = checks.upstreams_are_complete()

    assert (error.id, error.msg) == (
        "zdt_deploy.E020", "ZDT_UPSTREAMS['search'] has no URL for canary.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "urls", ["http://one", None, {}, {"stable": "backend:8080", "canary": 5}, {"stable": ""}]
)
def test_an_upstream_without_two_urls_is_refused_by_a_check(settings, urls):
    settings.ZDT_UPSTREAMS = {"backend": urls}

    assert [found.id for found in checks.upstreams_are_complete()] == ["zdt_deploy.E020"]


def test_complete_upstreams_pass(settings):
    settings.ZDT_UPSTREAMS = {"backend": BACKEND}

    assert checks.upstreams_are_complete() == checks.somebody_decides() == []


def test_upstreams_without_the_middleware_are_refused_by_a_check(settings):
    settings.MIDDLEWARE = []

    assert [found.id for found in checks.somebody_decides()] == ["zdt_deploy.E021"]


def test_the_literal_rule_before_the_user_is_known_is_refused_by_a_check(settings):
    settings.ZDT_CANARY_ID = "user"
    assert [found.id for found in checks.the_user_is_known_first()] == ["zdt_deploy.E022"]

    settings.MIDDLEWARE = site.LITERAL
    assert checks.the_user_is_known_first() == []


def test_a_canary_that_is_not_measured_is_warned_about(settings):
    assert checks.the_canary_is_measured() == []

    settings.MIDDLEWARE = site.MIDDLEWARE[1:]
    assert [found.id for found in checks.the_canary_is_measured()] == ["zdt_deploy.W023"]


def test_visitors_that_nobody_recognises_are_warned_about(settings):
    settings.ZDT_UPSTREAMS = {}
    assert checks.visitors_are_recognised() == []

    settings.MIDDLEWARE = []
    assert [found.id for found in checks.visitors_are_recognised()] == ["zdt_deploy.W024"]
