"""GET /zdt/metrics: who may, and what they get."""

import pytest
from django.urls import include, path, reverse

from zdt_core import access, events
from zdt_core.metering import families
from zdt_core.metering.exposition import CONTENT_TYPE

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
urlpatterns = [path("ops/zdt/", include("zdt_core.urls"))]
URL = "/ops/zdt/metrics"


@pytest.fixture
def bearer():
    actor = events.Actor("user", "ada")
    _token, secret = access.create("prometheus", wanted=["metrics.read"], actor=actor)
    return {"HTTP_AUTHORIZATION": f"Bearer {secret.text}"}


def test_it_is_where_the_site_mounts_it():
    assert reverse("zdt:metrics") == URL


def test_without_a_token_nobody_reads(client):
    answer = client.get(URL)
    assert answer.status_code == 401
    assert b"zdt_requests_total" not in answer.content


def test_with_a_token_prometheus_reads(client, bearer, counted, flusher):
    counted.requests.append((0.02, False, False))
    flusher.flush()
    answer = client.get(URL, **bearer)
    assert (answer.status_code, answer["Content-Type"]) == (200, CONTENT_TYPE)
    text = answer.content.decode()
    assert "\nzdt_requests_total{" in text
    assert answer["Cache-Control"] == "no-store"
    known = {family.name for family in families.declared()}
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} <= known


def test_reading_changes_nothing_and_nothing_else_is_answered(client, bearer):
    assert client.post(URL, **bearer).status_code == 405
    assert client.head(URL, **bearer).status_code == 200


def test_a_token_of_another_scope_is_turned_away(client, monkeypatch):
    from zdt_core.access import scopes

    monkeypatch.setattr(scopes, "_scopes", dict(scopes._scopes))
    scopes.register(scopes.Scope("other.read", "Other."))
    _token, secret = access.create(
        "other", wanted=["other.read"], actor=events.Actor("user", "ada")
    )
    answer = client.get(URL, HTTP_AUTHORIZATION=f"Bearer {secret.text}")
    assert answer.status_code == 403
