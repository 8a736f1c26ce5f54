"""Goals G7 and G8: the same members everywhere, and no request that fails while the share moves."""

import random
import secrets

import pytest

from tests.deploy.canary.splits import route
from tests.deploy.canary.traffic.proxies import EACH, needs_nginx, releases, running
from tests.deploy.canary.traffic.visits import Visits, ask
from zdt_core import buckets
from zdt_deploy.canary.cookies import Visitor, key_of
from zdt_deploy.canary.traffic.base import bring

pytestmark = [
    pytest.mark.system, pytest.mark.long, needs_nginx, pytest.mark.parametrize("kind", EACH),
]  # fmt: skip
RELOADS = 15
"""Changes of an nginx without njs: each takes half a second."""
SIGNATURE = "dGhpcyBpcyBub25lIG9mIG91cnM"


def ids(number: int, seed: int) -> list[str]:
    """Ids of every kind that sites have, cookies among them that look like several parts."""
    chance = random.Random(seed)
    kinds = (
        lambda: str(chance.randrange(10**9)),
        lambda: f"{chance.randrange(10**6)}@mail.example.com",
        lambda: key_of(f"müller {chance.randrange(10**6)}"),
        lambda: f"{chance.getrandbits(128):032x}",
        lambda: f"a.b.{chance.randrange(10**9)}",
        lambda: secrets.token_urlsafe(12),
    )
    return [kinds[n % len(kinds)]() for n in range(number)]


def cookies(keys: list[str]) -> list[str]:
    return [
        f"zdt_id={key}.{SIGNATURE}; zdt_bucket={Visitor.of(key).bucket}" for key in keys
    ]  # fmt: skip


def test_of_100_000_ids_none_is_on_another_side_than_in_the_application(tmp_path, kind):
    keys = ids(100_000, 7)
    with releases(tmp_path) as pools, running(kind, tmp_path, pools) as proxy:
        for percentage, number in (("33.333", 100_000), ("0.5", 5000), ("99.999", 5000)):
            bring(proxy.driver, route(percentage))
            some = keys[:number]
            found = ask(proxy.address, cookies(some))
            expected = [
                "2.0 canary" if buckets.within(key, float(percentage)) else "1.0 stable"
                for key in some
            ]
            assert sum(a != b for a, b in zip(found, expected, strict=True)) == 0


def test_no_request_fails_while_the_share_changes(tmp_path, kind):
    with releases(tmp_path) as pools, running(kind, tmp_path, pools) as proxy:
        with Visits(proxy.address, cookies(ids(1000, 8))) as visits:
            changes, enough = 0, RELOADS if kind == "nginx-cookie" else 100
            while changes < enough or visits.answered < 10_000:
                changes += 1
                bring(proxy.driver, route(changes * 37 % 101, valid_for=180))
    assert visits.failed == []
    assert {"1.0 stable", "2.0 canary"} == set(visits.seen)
    if kind != "nginx-cookie":  # a reload closes connections, which browsers open again
        assert visits.reopened == 0
