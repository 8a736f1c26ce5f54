from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.signing import Signer

from zdt_deploy.canary import routing
from zdt_deploy.canary.cookies import jar
from zdt_deploy.canary.edge.heads import Request, get
from zdt_deploy.canary.edge.split import Choice, choose, forwarded, visitor
from zdt_deploy.canary.router import Router
from zdt_deploy.canary.routing import Route

ROUTE = Route.of(stable="1.0", canary="2.0", percentage=Decimal("12.345"), epoch=3)


def cookie(value: str):
    return [("Cookie", f"csrftoken=x; zdt_id={value}; other=y")]


def test_the_id_is_what_stands_before_the_signature():
    signed = Signer(salt="zdt.id", sep=".").sign("a1b2")
    assert visitor(cookie(signed)) == "a1b2"
    assert visitor(cookie(jar().issue("ada@example.com").cookie)) == "ada@example.com"


@pytest.mark.parametrize("fields", [[], [("Cookie", "zdt_idx=1.2")], cookie(""), cookie(".sig")])
def test_without_an_id_there_is_no_visitor(fields):
    assert visitor(fields) is None


@pytest.mark.parametrize("percentage", ["0", "0.001", "5", "12.345", "25", "50", "99.999", "100"])
def test_the_edge_decides_like_the_application_for_ten_thousand_ids(percentage):
    route = Route.of(stable="1.0", canary="2.0", percentage=percentage, epoch=1)
    for _ in range(1250):
        visit = jar().issue()
        choice = choose(route, visitor(cookie(visit.cookie)), "1.0")
        assert choice.track == routing.decide(route, visit.key)


def test_a_first_visit_is_served_by_stable_until_everyone_is_on_the_canary():
    assert choose(ROUTE, None, "1.0") == Choice("stable", ("1.0", "2.0"))
    everyone = Route.of(stable="1.0", canary="2.0", percentage=100, epoch=4)
    assert choose(everyone, None, "1.0") == Choice("canary", ("2.0", "1.0"))


def test_a_share_that_nobody_renews_sends_everyone_back_to_stable():
    now = [100.0]
    share = replace(Route.of(stable="1.0", canary="2.0", percentage=49, epoch=3), valid_for=180.0)
    router = Router(lambda *_: share, lambda *_: None, clock=lambda: now[0])
    router.refresh()
    keys = [str(number) for number in range(200)]
    now[0] = 279.9
    tracks = {choose(router.current(), key, "1.0").track for key in keys}
    assert tracks == {"stable", "canary"}
    now[0] = 280.0
    assert {choose(router.current(), key, "1.0").track for key in keys} == {"stable"}


def test_without_a_route_the_default_release_serves():
    assert choose(None, "a1b2", "1.0") == Choice("stable", ("1.0",))
    unnamed = replace(ROUTE.shut(), stable="", canary="")
    assert choose(unnamed, "a1b2", "1.0") == Choice("stable", ("1.0",))


@pytest.mark.parametrize(
    "name", ["X-Deployment-Version", "x_deployment_version", "X-Zdt-Track", "X_Zdt_Anything"]
)
def test_a_client_cannot_choose_its_track(name):
    request = Request("GET", "/", 1, [("Host", "shop"), (name, "canary")])
    sent = forwarded(request, Choice("stable", ("1.0",)), "192.0.2.1").fields
    assert [value for key, value in sent if key.lower().startswith(("x-z", "x_"))] == []
    assert get(sent, "x-deployment-version") == "stable"
    assert sent.count(("X-Deployment-Version", "stable")) == 1


def test_the_upstream_learns_the_client_and_not_what_the_client_claims():
    request = Request(
        "GET", "/", 1, [("Host", "shop"), ("X-Forwarded-For", "10.0.0.1"), ("Upgrade", "h2c")]
    )
    sent = forwarded(request, Choice("canary", ("2.0",)), "192.0.2.1").fields
    assert get(sent, "x-forwarded-for") == "192.0.2.1"
    assert get(sent, "host") == "shop"
    assert get(sent, "upgrade") is None
