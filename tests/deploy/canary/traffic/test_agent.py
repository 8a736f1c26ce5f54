from dataclasses import replace

import pytest
from django.db import DatabaseError

from tests.deploy.canary.splits import route
from tests.deploy.canary.test_router import World
from tests.deploy.canary.traffic.test_base import Fake
from zdt_core import fast_copy
from zdt_deploy.canary.router import service
from zdt_deploy.canary.traffic.agent import Agent
from zdt_deploy.canary.traffic.base import Applied

AWAY = fast_copy.Error("away")


class Post:
    """An agent at its post: a world with a share, and a proxy."""

    def __init__(self):
        self.world, self.proxy = World(), Fake()
        self.epochs = []
        self.agent = Agent(
            self.proxy, self.world.router, "1.0", lambda name, epoch: self.epochs.append(epoch)
        )

    def publish(self, percentage, **facts):
        self.world.copy = route(percentage, **facts)

    def follow(self, after=0.0):
        self.world.now += after
        self.agent.follow()
        return self.proxy.does

    @property
    def trouble(self):
        return self.agent.facts().get("trouble", {}).get("code")


@pytest.fixture
def post():
    return Post()


def test_a_share_is_acknowledged_once_the_proxy_applies_it(post):
    post.publish(5, epoch=3, valid_for=180)
    assert post.follow().threshold == 5000
    assert (post.epochs, post.trouble) == ([3], None)


def test_a_proxy_that_takes_a_share_and_does_not_apply_it_is_told_of_and_not_acknowledged(post):
    post.publish(5, epoch=3)
    post.proxy.obeys = False
    post.follow()
    assert (post.epochs, post.trouble) == ([], "proxy_does_not_apply")
    assert post.agent.facts()["name"] == "the proxy"

    post.proxy.obeys = True
    post.follow()
    assert (post.epochs, post.trouble) == ([3], None)


def test_an_acknowledgement_is_for_what_the_proxy_does_now(post):
    post.publish(5, epoch=3)
    post.follow()
    post.publish(0, epoch=4)
    post.proxy.obeys = False
    post.follow()

    assert post.epochs == [3]


def test_a_proxy_that_forgot_the_share_gets_it_again(post):
    post.publish(5, valid_for=None)
    post.follow()
    post.proxy.does = Applied("1.0", "", 0)  # started again, from an old file

    assert post.follow().threshold == 5000


def test_a_second_agent_that_moves_the_same_proxy_is_told_of(post):
    """That of another site: each finds the other's share, and sets its own."""
    post.publish(5, epoch=3)
    post.follow()
    for look in range(3):
        assert (post.trouble, len(post.epochs)) == (None, 1 + look)
        post.proxy.does = Applied("8.0", "9.0", 90_000)
        post.follow()

    assert (post.trouble, len(post.epochs)) == ("proxy_contested", 3)
    assert post.follow().threshold == 5000
    assert post.trouble is None


def test_a_new_share_is_nobody_s_meddling(post):
    for percentage in (1, 2, 3, 4, 5):
        post.publish(percentage, epoch=percentage)
        post.follow()

    assert (post.trouble, post.epochs) == (None, [1, 2, 3, 4, 5])


def test_a_share_that_nobody_renews_goes_to_zero(post):
    post.publish(10, valid_for=180)
    post.follow()
    post.world.copy = AWAY

    assert post.follow(after=179).threshold == 10_000
    assert post.follow(after=2).threshold == 0


def test_a_renewal_moves_the_proxy_s_own_end(post):
    post.publish(10, valid_for=180)
    post.follow()
    post.proxy.does = replace(post.proxy.does, valid_for=120)
    post.follow(after=60)

    assert post.proxy.does.valid_for == pytest.approx(180)


def test_a_share_from_half_up_holds_when_nobody_renews_it(post):
    post.publish(50, valid_for=None)
    post.follow()
    post.world.copy = AWAY

    assert post.follow(after=1e6).threshold == 50_000


def test_before_the_first_share_the_default_serves(post):
    assert post.follow() == Applied("1.0", "", 0)
    assert post.epochs == []


def test_a_share_without_a_stable_release_falls_back_on_the_default(post):
    post.publish(5, stable="")

    assert post.follow().stable == "1.0"


def test_while_an_orchestrator_replaces_processes_the_proxy_stays_as_it_is_and_says_so(post):
    post.publish(0, stable="1.0", canary="")
    post.follow()
    post.publish(0, stable="", canary="", epoch=2)

    assert post.follow() == Applied("1.0", "", 0)
    assert (post.epochs, post.trouble) == ([1], "proxy_cannot_roll")


def test_the_fleet_is_told_for_which_releases_the_proxy_has_servers(post):
    assert "releases" not in post.agent.facts()
    post.proxy.known = frozenset({"2.0", "1.0"})

    assert post.agent.facts()["releases"] == ["1.0", "2.0"]


# ---- started where nobody can be asked ----


@pytest.fixture
def blind(post):
    post.world.copy, post.world.truth = AWAY, DatabaseError("away")
    return post


@pytest.mark.parametrize("left", [100, None])
def test_it_leaves_the_proxy_as_it_is(blind, left):
    blind.proxy.does = Applied("1.0", "2.0", 60_000, left)
    blind.follow()

    assert blind.proxy.asked == []
    assert blind.epochs == []


def test_it_ends_a_share_whose_time_is_up(blind):
    blind.proxy.does = Applied("1.0", "2.0", 5000, -1)

    assert replace(blind.follow(), valid_for=None) == Applied("1.0", "2.0", 0)
    assert blind.epochs == []


def test_it_goes_on_once_somebody_answers(blind):
    blind.follow()
    blind.publish(5, epoch=3)

    assert blind.follow().threshold == 5000
    assert blind.epochs == [3]


# ---- its end ----


@pytest.mark.parametrize(
    ("percentage", "valid_for", "holds"), [(0, None, ""), (5, 180, ""), (60, None, "2.0")]
)
def test_the_fleet_is_told_whether_the_proxy_goes_on_without_it(post, percentage, valid_for, holds):
    assert post.agent.facts()["holds"] == ""
    post.publish(percentage, valid_for=valid_for)
    post.follow()

    assert post.agent.facts()["holds"] == holds


@pytest.mark.parametrize(("percentage", "leaves"), [(0, False), (5, True), (100, True)])
def test_an_agent_that_ends_leaves_users_on_the_canary_that_its_proxy_has(post, percentage, leaves):
    post.publish(percentage)
    post.follow()

    assert post.agent.leaves_users is leaves


def test_one_whose_proxy_did_not_follow_cannot_tell_what_it_leaves(post):
    post.publish(0)
    post.proxy.answers = False
    post.follow()

    assert post.agent.leaves_users


def test_the_share_of_the_configured_service_is_acknowledged(post):
    names = []
    agent = Agent(post.proxy, post.world.router, "1.0", lambda name, epoch: names.append(name))
    post.publish(5)
    agent.follow()

    assert names == [f"share:{service()}"]
