import logging

import pytest
from asgiref.sync import async_to_sync
from django.core.signing import Signer
from opentelemetry.sdk.trace import TracerProvider

from tests.demo.factories import CustomerFactory
from tests.deploy.canary import site
from tests.deploy.canary.splits import apply, key_in
from zdt_core import buckets, fast_copy
from zdt_core.metering.ledger import ledger
from zdt_deploy.canary import visitors
from zdt_deploy.canary.cookies import jar
from zdt_deploy.canary.router import router

TRACED = ("zdt.track", "zdt.bucket", "zdt.epoch", "zdt.deployment")
pytestmark = [pytest.mark.usefixtures("no_split"), pytest.mark.urls("tests.deploy.canary.site")]


@pytest.fixture(autouse=True)
def middleware(settings):
    settings.MIDDLEWARE = site.MIDDLEWARE
    settings.ZDT_VERSION = "1.0"


def come_as(client, key):
    """A browser that holds the cookies of the visitor ``key``."""
    visitor = jar().issue(key)
    client.cookies["zdt_id"], client.cookies["zdt_bucket"] = visitor.cookie, visitor.bucket


def key_of(client):
    return Signer(salt="zdt.id", sep=".").unsign(client.cookies["zdt_id"].value)


# ---- a first visit ----


def test_a_first_visit_is_on_stable_and_gets_an_id_of_its_own(client, rf):
    apply(99)
    first = client.get("/decided")

    assert first.json()["track"] == "stable"
    assert first.json()["key"] is None
    assert first["X-Deployment-Version"] == "stable"
    key = key_of(client)
    assert len(key) == 16
    assert client.cookies["zdt_bucket"].value == f"{buckets.fine(key):05d}"

    again = client.get("/decided")
    assert (again.json()["key"], again.json()["bucket"]) == (key, buckets.coarse(key))
    assert not again.cookies


def test_two_first_visits_get_different_ids(client):
    client.get("/")
    one = key_of(client)
    client.cookies.clear()
    client.get("/")

    assert key_of(client) != one


def test_the_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites(client):
    cookies = client.get("/").cookies

    for name in ("zdt_id", "zdt_bucket"):
        cookie = cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["max-age"] == "31536000"
        assert not cookie["secure"]


def test_the_cookies_are_secure_on_an_encrypted_request(client):
    assert client.get("/", secure=True).cookies["zdt_id"]["secure"]


def test_the_cookies_follow_their_settings(client, settings):
    settings.ZDT_COOKIE_SECURE = True
    settings.ZDT_COOKIE_DOMAIN = "example.com"
    settings.ZDT_COOKIE_PATH = "/shop"
    settings.ZDT_COOKIE_AGE = 60
    cookie = client.get("/").cookies["zdt_id"]

    assert (cookie["secure"], cookie["domain"], cookie["path"], cookie["max-age"]) == (
        True, "example.com", "/shop", "60",
    )  # fmt: skip


# ---- the decision ----


@pytest.mark.parametrize(
    ("key", "track", "release"),
    [(key_in(0, 10), "canary", "2.0"), (key_in(10, 100), "stable", "1.0")],
)
def test_a_visitor_lands_where_the_bucket_says(client, key, track, release):
    apply(10, epoch=7)
    come_as(client, key)
    response = client.get("/decided")

    assert response["X-Deployment-Version"] == track
    assert response.json() == {
        "track": track,
        "release": release,
        "bucket": buckets.coarse(key),
        "key": key,
        "epoch": 7,
        "header": None,
    }


def test_at_100_percent_a_first_visit_is_on_the_canary(client):
    apply(100)

    assert client.get("/")["X-Deployment-Version"] == "canary"


def test_without_a_split_everyone_is_on_stable(client):
    come_as(client, key_in(0, 1))
    response = client.get("/decided")

    assert (response.json()["track"], response.json()["release"]) == ("stable", "")


def test_what_the_client_says_about_the_track_is_dropped(client):
    response = client.get("/decided", headers={"X-Deployment-Version": "canary"})

    assert response.json()["header"] is None
    assert response["X-Deployment-Version"] == "stable"


def test_it_is_dropped_also_when_somebody_looked_at_the_headers_before(client, settings):
    settings.MIDDLEWARE = [f"{__name__}.look_at_headers", *site.MIDDLEWARE]

    response = client.get("/decided", headers={"X-Deployment-Version": "canary"})
    assert response.json()["header"] is None


def look_at_headers(get_response):
    def middleware(request):
        assert "X-Deployment-Version" in request.headers
        return get_response(request)

    return middleware


@pytest.mark.parametrize(
    ("release", "key", "misrouted"),
    [
        ("1.0", key_in(10, 100), 0),
        ("1.0", key_in(0, 10), 1),
        ("2.0", key_in(0, 10), 0),
        ("2.0", key_in(10, 100), 1),
    ],
)
def test_a_request_that_the_other_release_should_have_served_is_counted(
    client, settings, release, key, misrouted
):
    settings.ZDT_VERSION = release
    apply(10)
    come_as(client, key)
    client.get("/")

    assert ledger.settle().misrouted == misrouted


def test_a_split_without_a_canary_misroutes_nobody(client, settings):
    settings.ZDT_VERSION = "2.0"
    apply(100, canary="")
    client.get("/")

    assert ledger.settle().misrouted == 0


def test_a_gateway_that_splits_another_service_misroutes_nobody(client, settings):
    settings.ZDT_CANARY_SERVICE = "backend"
    settings.ZDT_VERSION = "7.7"
    apply(100)
    client.get("/")

    assert ledger.settle().misrouted == 0


# ---- cookies that are not as they should be ----


@pytest.mark.parametrize("cookie", ["", "alice", "alice.forged", ".", "a.b.c", "\u00e9.x"])
def test_a_cookie_that_is_not_ours_is_no_cookie(client, cookie):
    apply(99)
    client.cookies["zdt_id"] = cookie
    response = client.get("/decided")

    assert (response.json()["track"], response.json()["key"]) == ("stable", None)
    assert len(key_of(client)) == 16


def test_the_id_of_another_visitor_cannot_be_put_before_a_signature(client):
    mine = jar().issue("mine").cookie
    client.cookies["zdt_id"] = mine.replace("mine", "yours", 1)

    assert client.get("/decided").json()["key"] is None


def test_a_bucket_that_was_tampered_with_is_mended_and_decides_nothing(client):
    apply(10)
    key = key_in(10, 100)
    come_as(client, key)
    client.cookies["zdt_bucket"] = "0"
    response = client.get("/decided")

    assert response.json()["track"] == "stable"
    assert set(response.cookies) == {"zdt_bucket"}
    assert client.cookies["zdt_bucket"].value == f"{buckets.fine(key):05d}"


def test_an_id_signed_with_an_older_key_stays_and_is_signed_anew(client, settings):
    come_as(client, "alice")
    older = client.cookies["zdt_id"].value
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-key", [settings.SECRET_KEY]
    response = client.get("/decided")

    assert response.json()["key"] == "alice"
    assert set(response.cookies) == {"zdt_id"}
    assert client.cookies["zdt_id"].value != older
    assert client.get("/decided").json()["key"] == "alice"


def test_an_id_signed_with_a_key_that_was_given_up_is_replaced(client, settings):
    come_as(client, "alice")
    client.get("/")
    settings.SECRET_KEY = "new-key"

    assert client.get("/decided").json()["key"] is None


def test_verified_cookies_are_remembered_within_bounds(client, monkeypatch):
    monkeypatch.setattr("zdt_deploy.canary.cookies.REMEMBERED", 10)
    for number in range(50):
        come_as(client, str(number))
        assert client.get("/decided").json()["key"] == str(number)

    assert len(jar()._young) + len(jar()._old) <= 20


def test_a_remembered_cookie_is_not_verified_again(client, monkeypatch):
    come_as(client, "alice")
    client.get("/")
    monkeypatch.setattr(jar(), "_signer", None)

    assert client.get("/decided").json()["key"] == "alice"


# ---- shared caches ----


def test_a_view_that_read_the_decision_varies_by_cookie(client):
    come_as(client, "alice")

    assert client.get("/decided")["Vary"] == "Cookie"
    assert not client.get("/").has_header("Vary")


def test_a_response_that_sets_an_id_varies_by_cookie(client):
    assert client.get("/")["Vary"] == "Cookie"


def test_a_response_for_shared_caches_gives_nobody_an_id(client):
    assert not client.get("/public").cookies
    assert set(client.get("/").cookies) == {"zdt_id", "zdt_bucket"}


# ---- signing in ----


@pytest.fixture
def user(db):
    return CustomerFactory()


def test_signing_in_makes_the_id_the_users(client, user):
    client.get("/")
    client.get(f"/in/{user.pk}")

    assert key_of(client) == str(user.pk)
    assert client.cookies["zdt_bucket"].value == f"{buckets.fine(str(user.pk)):05d}"
    assert not client.get("/account").cookies


def test_the_id_stays_across_a_login_until_the_deployment_ends(client, user):
    apply(10)
    client.get("/")
    before = key_of(client)
    client.get(f"/in/{user.pk}")
    client.get("/account")
    assert key_of(client) == before

    apply(0, epoch=2)
    client.get("/")
    assert key_of(client) == before, "a view that does not look at its session loads nothing"
    client.get("/account")
    assert key_of(client) == str(user.pk)


def test_the_id_stays_while_nobody_knows_whether_a_deployment_is_on(client, user, monkeypatch):
    monkeypatch.setattr(router, "_answered", False)
    client.get("/")
    before = key_of(client)
    client.get(f"/in/{user.pk}")

    assert key_of(client) == before


def test_a_first_visit_of_a_known_user_gets_the_users_id_at_once(client, user):
    apply(10)
    client.force_login(user)
    client.get("/account")

    assert key_of(client) == str(user.pk)


def test_signing_out_keeps_the_id(client, user):
    client.get(f"/in/{user.pk}")
    client.get("/out")

    assert key_of(client) == str(user.pk)


def test_a_user_never_moves_back_while_the_percentage_rises(client, user):
    client.get(f"/in/{user.pk}")
    tracks = []
    for epoch, percentage in enumerate((1, 5, 25, 50, 75, 100)):
        apply(percentage, epoch=epoch + 2)
        tracks.append(client.get("/account")["X-Deployment-Version"])

    assert tracks == sorted(tracks, reverse=True)  # "stable" before "canary"
    assert tracks[-1] == "canary"


def test_a_key_that_a_cookie_cannot_hold_is_encoded():
    encoded = visitors.key_of('a b;"c",\u00e9')

    assert encoded == "a%20b%3B%22c%22%2C%C3%A9"
    assert visitors.key_of("someone@example.com") == "someone@example.com"


def test_a_proxy_sees_the_plain_id_before_the_last_dot(client):
    key = "some.one@example.com"
    response = client.get("/")
    response.cookies.clear()
    jar().write(response.wsgi_request, response, jar().issue(key))

    header = response.cookies["zdt_id"].OutputString()
    assert header.removeprefix("zdt_id=").split(";")[0].rpartition(".")[0] == key


# ---- the literal rule ----


@pytest.fixture
def literal(settings):
    settings.MIDDLEWARE = site.LITERAL
    settings.ZDT_CANARY_ID = "user"


@pytest.mark.django_db
def test_the_literal_rule_routes_by_the_signed_in_user(client, user, literal):
    apply(50)
    client.force_login(user)
    response = client.get("/decided")

    assert response.json()["key"] == str(user.pk)
    assert "zdt_id" not in response.cookies
    assert response.cookies["zdt_bucket"].value == f"{buckets.fine(str(user.pk)):05d}"


@pytest.mark.django_db
def test_the_literal_rule_falls_back_to_the_session(client, literal):
    session = client.session
    session["basket"] = 1
    session.save()

    assert client.get("/decided").json()["key"] == session.session_key


@pytest.mark.django_db
def test_the_literal_rule_has_no_id_for_a_stranger(client, literal):
    response = client.get("/decided")

    assert response.json()["key"] is None
    assert not response.cookies


@pytest.mark.django_db
def test_the_literal_rule_in_an_async_stack(async_client, user, literal):
    async def visit():
        await async_client.aforce_login(user)
        return await async_client.get("/decided")

    assert async_to_sync(visit)().json()["key"] == str(user.pk)


# ---- other shapes of requests ----


@pytest.mark.parametrize("url", ["/async", "/", "/stream"])
def test_an_async_stack_decides_the_same(async_client, url):
    apply(10)
    come_as(async_client, key_in(0, 10))

    assert async_to_sync(async_client.get)(url)["X-Deployment-Version"] == "canary"


@pytest.mark.django_db
def test_signing_in_asynchronously_makes_the_id_the_users(async_client, user):
    async_to_sync(async_client.get)(f"/in-async/{user.pk}")

    assert key_of(async_client) == str(user.pk)


@pytest.mark.parametrize(("url", "status"), [("/fail", 500), ("/nowhere", 404), ("/stream", 200)])
def test_every_response_tells_its_track(client, url, status):
    client.raise_request_exception = False
    come_as(client, "alice")
    response = client.get(url)

    assert (response.status_code, response["X-Deployment-Version"]) == (status, "stable")


# ---- cost ----


@pytest.mark.django_db
def test_a_request_costs_no_query_and_no_redis_command(client, user, django_assert_num_queries):
    apply(10)
    client.force_login(user)
    come_as(client, str(user.pk))
    client.get("/")
    redis = fast_copy.client()
    before = redis.info("stats")["total_commands_processed"]
    with django_assert_num_queries(0):
        client.get("/")
        client.get("/decided")

    assert redis.info("stats")["total_commands_processed"] - before == 1  # the INFO before


@pytest.mark.django_db
def test_an_async_request_costs_no_query_and_no_redis_command(
    async_client, user, django_assert_num_queries
):
    apply(10)
    come_as(async_client, str(user.pk))
    redis = fast_copy.client()
    before = redis.info("stats")["total_commands_processed"]
    with django_assert_num_queries(0):
        async_to_sync(async_client.get)("/async")

    assert redis.info("stats")["total_commands_processed"] - before == 1


# ---- logs ----


def test_no_line_is_logged_for_a_request_by_default(client, caplog):
    caplog.set_level(logging.DEBUG, "zdt")
    client.get("/")

    assert caplog.records == []


def test_a_line_for_each_request_can_be_asked_for(client, settings, caplog):
    settings.ZDT_CANARY_LOG = True
    caplog.set_level(logging.INFO, "zdt.canary")
    apply(10)
    come_as(client, key_in(0, 10))
    client.get("/orders/7")

    [record] = [record for record in caplog.records if record.name == "zdt.canary"]
    assert (record.zdt_track, record.zdt_release) == ("canary", "1.0")
    assert record.zdt_endpoint == "/orders/<int:number>"
    assert len(record.zdt_id_hash) == 16
    assert record.getMessage() == (f"canary by 1.0: /orders/<int:number> for {record.zdt_id_hash}")


# ---- traces ----


def test_a_trace_says_where_the_visitor_belongs_and_changes_no_response(client):
    apply(100, epoch=7)
    come_as(client, key_in(10, 11))
    with TracerProvider().get_tracer("test").start_as_current_span("request") as span:
        response = client.get("/")
    found = {name: value for name, value in span.attributes.items() if name in TRACED}
    assert found == {
        "zdt.track": "canary", "zdt.bucket": 10, "zdt.epoch": 7, "zdt.deployment": "d1",
    }  # fmt: skip
    assert "Cookie" not in response.headers.get("Vary", "")
