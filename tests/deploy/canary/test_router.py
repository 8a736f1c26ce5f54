import os
import secrets
import threading
import time

import pytest
from django.db import DatabaseError

from tests.deploy.canary.splits import apply, key_in, route
from zdt_core import database, fast_copy, pulse
from zdt_core.conf import conf as core_conf
from zdt_core.fleet import membership, reports
from zdt_deploy.canary import router as room
from zdt_deploy.canary import share
from zdt_deploy.canary.router import Router, router
from zdt_deploy.canary.routing import STABLE, decide
from zdt_deploy.canary.terms import Terms

pytestmark = pytest.mark.usefixtures("no_split")


class World:
    """A clock, a copy and a truth that a test sets; either may be an error."""

    def __init__(self):
        self.now = 1000.0
        self.copy = self.truth = None
        self.asked = []
        self.router = Router(self.read_copy, self.read_truth, lambda: self.now)

    def read_copy(self, environment, service):
        self.asked.append("copy")
        return self._or_raise(self.copy)

    def read_truth(self, environment, service):
        self.asked.append("truth")
        return self._or_raise(self.truth)

    def _or_raise(self, answer):
        if isinstance(answer, Exception):
            raise answer
        return answer

    def refresh(self, after=0.0):
        self.now += after
        self.router.refresh()
        return self.router.current()


@pytest.fixture
def world():
    return World()


def test_nothing_published_is_no_split(world):
    assert world.refresh() is None


def test_the_copy_is_enough(world):
    world.copy = route(10, valid_for=180)

    assert world.refresh().percentage == 10


def test_a_share_that_nobody_renews_falls_to_zero(world):
    world.copy = world.truth = route(10, valid_for=180)
    world.refresh()
    world.copy, world.truth = fast_copy.Error("away"), DatabaseError("away")

    assert world.refresh(after=179.9).percentage == 10
    world.now += 0.1
    assert world.router.current().percentage == 0
    assert decide(world.router.current(), key_in(0, 10)) == STABLE


def test_validity_counts_from_before_the_read(world):
    def slow(environment, service):
        world.now += 30
        return route(10, valid_for=180)

    world.router = Router(slow, world.read_truth, lambda: world.now)
    world.refresh()

    world.now = 1000 + 180
    assert world.router.current().percentage == 0


def test_a_share_that_has_lapsed_already_sends_nobody(world):
    world.truth = route(10, valid_for=0.0)

    assert world.refresh().percentage == 0


def test_renewing_the_same_epoch_keeps_the_share_alive(world):
    world.copy = route(10, valid_for=180)
    world.refresh()
    world.refresh(after=100)

    world.now += 100
    assert world.router.current().percentage == 10


def test_a_share_published_to_hold_stays_when_both_are_gone(world):
    world.copy = route(75, valid_for=None)
    world.refresh()
    world.copy, world.truth = fast_copy.Error("away"), DatabaseError("away")

    assert world.refresh(after=1e6).percentage == 75


def test_epochs_only_move_forward(world):
    world.copy = world.truth = route(25, epoch=5)
    world.refresh()
    world.copy = route(50, epoch=4)
    world.truth = route(50, epoch=3)

    assert world.refresh(after=10).percentage == 25

    world.copy = route(0, epoch=6)
    assert world.refresh(after=1).percentage == 0


def test_a_copy_that_was_left_behind_is_healed_by_the_truth(world):
    world.copy = world.truth = route(50, epoch=5)
    world.refresh()
    world.truth = route(0, epoch=6)
    world.router.follow()
    assert world.router.current().percentage == 50

    world.router.look_at_truth()
    world.router.follow()
    assert world.router.current().percentage == 0


def test_an_older_validity_in_the_copy_does_not_shorten_that_of_the_truth(world):
    world.truth = route(10, valid_for=180)
    world.copy = route(10, valid_for=3)
    world.refresh()
    world.router.follow()

    world.now += 60
    assert world.router.current().percentage == 10


def test_the_truth_may_end_a_validity_early(world):
    world.copy = world.truth = route(10, valid_for=180)
    world.refresh()
    world.copy, world.truth = None, route(10, valid_for=0.0)

    assert world.refresh(after=5).percentage == 0


def test_following_asks_redis_alone(world):
    for _ in range(3):
        world.router.follow()

    assert world.asked == ["copy"] * 3


def test_a_hanging_postgresql_does_not_keep_news_from_redis(world):
    hangs, released = threading.Event(), threading.Event()

    def hang(environment, service):
        hangs.set()
        released.wait(10)
        return route(50, epoch=1)

    world.router = Router(world.read_copy, hang, lambda: world.now)
    stuck = threading.Thread(target=world.router.look_at_truth)
    stuck.start()
    hangs.wait(10)
    world.copy = route(0, epoch=2)
    world.router.follow()
    assert world.router.current().epoch == 2

    released.set()
    stuck.join(10)
    assert world.router.current().epoch == 2, "what came late is older"


def test_the_truth_stands_in_for_a_lost_copy(world):
    world.copy, world.truth = fast_copy.Error("away"), route(10, valid_for=180)

    assert world.refresh().percentage == 10


def test_whatever_a_read_raises_the_beat_does_not(world, caplog):
    world.copy, world.truth = RuntimeError("odd"), ValueError("odder")

    for _ in range(3):
        assert world.refresh(after=6) is None
    assert [record.getMessage() for record in caplog.records] == [
        "Redis did not tell the traffic share: odd",
        "PostgreSQL did not tell the traffic share: odder",
    ]


def test_the_epoch_is_acknowledged_also_when_expired(world):
    world.copy = route(10, epoch=7, valid_for=0.0)
    world.refresh()

    assert reports.gather().acknowledged == {f"share:{core_conf.SERVICE}": 7}


@pytest.mark.parametrize(("percentage", "keeps"), [(0, False), (1, True), (99, True), (100, False)])
def test_ids_stay_while_the_split_tells_visitors_apart(world, percentage, keeps):
    world.copy = route(percentage, valid_for=10)
    world.refresh()

    assert world.router.keeps_ids() is keeps
    world.now += 60
    assert world.router.keeps_ids() is keeps


def test_ids_stay_while_nobody_could_tell_the_split(world):
    world.truth = DatabaseError("away")
    world.refresh()
    assert world.router.keeps_ids()

    world.truth = None
    world.refresh(after=5)
    assert not world.router.keeps_ids()


def test_a_gateway_follows_the_split_of_another_service(world, settings):
    settings.ZDT_CANARY_SERVICE = "backend"
    world.copy = route(10, epoch=3)
    world.refresh()

    assert room.service() == "backend"
    assert reports.gather().acknowledged == {"share:backend": 3}


# ---- with PostgreSQL and Redis ----


@pytest.fixture
def published(settings, django_capture_on_commit_callbacks):
    settings.ZDT_SERVICE = f"t{secrets.token_hex(6)}"

    def publish(percentage, seconds=180):
        terms = Terms("1.0", "2.0", route(percentage).percentage, seconds)
        with django_capture_on_commit_callbacks(execute=True), database.atomic():
            return share.publish(core_conf.ENVIRONMENT, core_conf.SERVICE, terms, None)

    return publish


@pytest.mark.django_db
def test_a_published_share_arrives(published):
    published(10)
    pulse.run_once("canary.route")

    found = room.current()
    assert (found.stable, found.canary, found.percentage) == ("1.0", "2.0", 10)


@pytest.mark.django_db
def test_a_share_whose_copy_is_lost_arrives_from_postgresql(published):
    published(10)
    fast_copy.client().delete(share.key(core_conf.ENVIRONMENT, core_conf.SERVICE))
    router.refresh()

    assert room.current().percentage == 10


@pytest.mark.django_db
def test_a_share_arrives_from_postgresql_while_redis_is_away(published, settings):
    published(10)
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"
    router.refresh()

    assert room.current().percentage == 10


@pytest.mark.django_db
def test_asking_for_the_current_split_does_no_io(published, django_assert_num_queries):
    published(10)
    router.refresh()

    with django_assert_num_queries(0):
        assert room.current().percentage == 10


@pytest.mark.django_db
def test_a_process_that_joined_looks_before_its_first_request(published, monkeypatch):
    monkeypatch.setattr(router, "_answered", False)
    published(10)
    router.prime()
    assert room.current() is None

    monkeypatch.setattr(membership, "_role", "web")
    router.prime()
    assert room.current().percentage == 10


def test_a_forked_child_keeps_the_split_and_its_deadline(monkeypatch):
    apply(50, valid_for=100)
    child = os.fork()
    if child == 0:
        knows = room.current().percentage == 50
        router._clock = lambda: time.monotonic() + 101
        os._exit(0 if knows and room.current().percentage == 0 else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


def test_the_pulse_looks_at_each_in_a_beat_of_its_own():
    from zdt_core.pulse import beats

    copy, truth = (beats.registered[name] for name in (room.BEAT, room.TRUTH_BEAT))
    assert (copy.isolated, copy.seconds, truth.isolated, truth.seconds) == (True, 1, True, 5)
