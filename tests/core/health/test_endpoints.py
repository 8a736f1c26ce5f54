import asyncio
import datetime
import json

import pytest
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from tests.core.pulse.waiting import until
from zdt_core import drain, pulse
from zdt_core.health import HealthMiddleware, board, registry, runner

TOKEN = "0123456789abcdef-token"


@pytest.fixture(params=["sync", "async"])
def ask(request, settings):
    """Sends a request through the middleware, both ways."""
    settings.ALLOWED_HOSTS = ["shop.test"]  # probes come by address

    def ask_sync(path, method="GET", **headers):
        view = HealthMiddleware(lambda request: HttpResponse("the site"))
        return view(RequestFactory().generic(method, path, headers=headers))

    def ask_async(path, method="GET", **headers):
        async def site(request):
            return HttpResponse("the site")

        async def send():
            view = HealthMiddleware(site)
            return await view(AsyncRequestFactory().generic(method, path, headers=headers))

        return asyncio.run(send())

    return ask_sync if request.param == "sync" else ask_async


@pytest.fixture
def all_well(monkeypatch, check):
    """Every check of the process passes at once."""
    set_checks(monkeypatch, check(name="database"), check(name="redis"))


def set_checks(monkeypatch, *checks):
    monkeypatch.setattr(registry, "checks", lambda: {one.name: one for one in checks})


def bad():
    raise ConnectionError("10.0.0.7:5432 refused, password=hunter2")


def test_live_answers_without_looking_at_anything(ask, monkeypatch, check):
    set_checks(monkeypatch, check(lambda: pytest.fail("live asked"), name="database"))
    response = ask("/health/live")

    assert (response.status_code, response.content) == (200, b"OK")
    assert response["Content-Type"] == "text/plain"


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/live", "/health/startup"])
def test_paths_match_with_and_without_a_slash_and_never_a_prefix(ask, all_well, path):
    assert ask(path).content != b"the site"
    assert ask(f"{path}/").content == ask(path).content or path == "/health"
    assert ask(f"{path}/x").content == b"the site"
    assert ask(f"{path}x").content == b"the site"
    assert ask(f"/x{path}").content == b"the site"


def test_the_prefix_can_be_moved(ask, all_well, settings):
    settings.ZDT_HEALTH_PREFIX = "/_zdt/health"

    assert ask("/_zdt/health/live").content == b"OK"
    assert ask("/health/live").content == b"the site"


def test_ready_while_all_is_well(ask, all_well):
    response = ask("/health/ready")

    assert (response.status_code, json.loads(response.content)) == (200, {"ready": True})
    assert response["Cache-Control"] == "no-store"


def test_not_ready_when_a_critical_check_fails(ask, monkeypatch, check):
    set_checks(monkeypatch, check(name="database"), check(bad, name="redis"))
    response = ask("/health/ready")

    assert response.status_code == 503
    assert json.loads(response.content) == {"ready": False, "database": True, "cache": False}
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"


def test_ready_when_a_check_that_is_not_critical_fails(ask, monkeypatch, check):
    set_checks(monkeypatch, check(name="database"), check(bad, name="external_api", critical=False))

    assert ask("/health/ready").status_code == 200
    assert ask("/health").status_code == 200


def test_a_draining_server_is_not_ready_though_all_is_well(ask, all_well):
    drain.start("deploy")
    response = ask("/health/ready")

    assert response.status_code == 503
    assert json.loads(response.content) == {"ready": False, "database": True, "cache": True}
    assert ask("/health/live").status_code == 200


def test_the_deep_answer_has_the_reference_shape(ask, monkeypatch, check):
    set_checks(
        monkeypatch,
        check(name="database"),
        check(name="redis"),
        check(lambda: {"status": 200}, name="external_api", critical=False),
    )
    response = ask("/health")
    body = json.loads(response.content)

    assert response.status_code == 200
    assert set(body) == {"status", "timestamp", "checks"}
    assert body["status"] == "healthy"
    assert datetime.datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert set(body["checks"]["database"]) == {"healthy", "latency"}
    assert set(body["checks"]["external_api"]) == {"healthy", "latency", "status"}
    assert isinstance(body["checks"]["database"]["latency"], float)


def test_nothing_of_an_exceptions_text_gets_out(ask, monkeypatch, check):
    set_checks(monkeypatch, check(bad, name="database"))
    response = ask("/health")

    assert response.status_code == 503
    assert json.loads(response.content)["checks"]["database"]["error"] == "ConnectionError"
    assert b"hunter2" not in response.content
    assert b"10.0.0.7" not in response.content


def test_started_once_every_check_has_run(ask, monkeypatch, check):
    set_checks(monkeypatch, check(bad, name="database"))
    monkeypatch.setattr(runner, "refresh", lambda: None)
    response = ask("/health/startup")
    assert (response.status_code, json.loads(response.content)) == (503, {"started": False})
    assert ask("/health/ready").status_code == 503

    runner.run(runner.checks()[0])
    response = ask("/health/startup")
    assert (response.status_code, json.loads(response.content)) == (200, {"started": True})


def test_head_answers_like_get_without_a_body(ask, all_well):
    response = ask("/health/ready", "HEAD")

    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == str(len(b'{"ready": true}'))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(ask, all_well, method):
    response = ask("/health/ready", method)

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_with_a_pulse_a_request_reads_and_never_runs_a_check(ask, monkeypatch, check):
    runs = []
    set_checks(monkeypatch, check(lambda: runs.append(1), name="database", every=60.0))
    ask("/health/live")
    pulse.start()
    until(lambda: runs)
    for _ in range(20):
        assert ask("/health/ready").status_code in (200, 503)
        runs_so_far = len(runs)

    assert runs_so_far <= 21, "installing again makes a check due, asking does not"


def test_without_a_token_the_drain_endpoint_does_not_exist(ask):
    assert ask("/health/drain", "POST").status_code == 404
    assert not drain.draining()


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_a_wrong_token_is_turned_away(ask, settings, given):
    settings.ZDT_DRAIN_TOKEN = TOKEN

    assert ask("/health/drain", "POST", **given).status_code == 403
    assert not drain.draining()


def test_the_token_drains_and_serves_again(ask, settings):
    settings.ZDT_DRAIN_TOKEN = TOKEN
    bearer = {"Authorization": f"Bearer {TOKEN}"}

    assert json.loads(ask("/health/drain", **bearer).content)["draining"] is False
    assert not drain.draining(), "looking must not drain"

    response = ask("/health/drain", "POST", **bearer)
    assert json.loads(response.content) == {
        "draining": True,
        "phase": "DRAINING",
        "in_flight": 0,
    }
    assert drain.draining()

    assert json.loads(ask("/health/drain", "DELETE", **bearer).content)["draining"] is False
    assert not drain.draining()


def test_probes_are_answered_when_everything_else_is_refused(all_well, settings, tmp_path):
    settings.ZDT_DRAIN_WAIT = 0
    drain.start("deploy")
    site = HealthMiddleware(drain.DrainMiddleware(lambda request: HttpResponse("the site")))

    assert site(RequestFactory().get("/x")).status_code == 503
    assert site(RequestFactory().get("/health/live")).status_code == 200
    assert board.answer(runner.checks()[0]) is not None


def test_a_probe_that_fails_writes_no_error_mail(client, settings, caplog):
    settings.MIDDLEWARE = ["zdt_core.health.HealthMiddleware", "zdt_core.drain.DrainMiddleware"]
    settings.ZDT_DRAIN_WAIT = 0
    drain.start("deploy")

    assert client.get("/health/ready").status_code == 503
    assert client.get("/x").status_code == 503
    assert [record for record in caplog.records if record.name == "django.request"] == []


@pytest.mark.django_db
def test_the_real_checks_pass_through_the_whole_site(client, settings):
    settings.MIDDLEWARE = [
        "zdt_core.health.HealthMiddleware",
        "zdt_core.drain.DrainMiddleware",
        *(name for name in settings.MIDDLEWARE if not name.startswith("zdt_")),
    ]
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = []
    response = client.get("/health", HTTP_HOST="10.1.2.3")

    assert response.status_code == 200
    assert set(response.json()["checks"]) == {"database", "redis"}
