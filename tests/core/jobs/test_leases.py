"""Names held by one process at a time."""

from datetime import timedelta

import pytest

from zdt_core import database, identity
from zdt_core.jobs import leases
from zdt_core.jobs.models import Lease

pytestmark = pytest.mark.django_db


@pytest.fixture
def become(monkeypatch):
    """Lets the test act as another process: ``become("b")``."""
    return lambda name: monkeypatch.setattr(identity, "instance", lambda: name)


def lapse(name):
    Lease.objects.filter(name=name).update(until=database.Now() - timedelta(seconds=1))


def test_a_free_name_is_taken_and_renewed_with_the_same_token(become):
    become("a")

    assert [leases.hold("ticker", 3), leases.hold("ticker", 3)] == [1, 1]


def test_nobody_else_gets_it_meanwhile(become):
    become("a")
    leases.hold("ticker", 3)
    become("b")

    assert leases.hold("ticker", 3) is None


def test_a_lapsed_name_goes_to_the_next_with_a_new_token(become):
    become("a")
    leases.hold("ticker", 3)
    lapse("ticker")
    become("b")

    assert leases.hold("ticker", 3) == 2


def test_a_name_given_back_is_free_at_once(become):
    become("a")
    leases.hold("ticker", 3)
    leases.release("ticker")
    become("b")

    assert leases.hold("ticker", 3) == 2


def test_only_its_holder_gives_it_back(become):
    become("a")
    leases.hold("ticker", 3)
    become("b")
    leases.release("ticker")

    assert leases.hold("ticker", 3) is None


def test_a_turn_comes_once_a_period_also_for_the_one_who_had_it(become):
    become("a")

    assert leases.take_turn("sweep", 60) == 1
    assert leases.take_turn("sweep", 60) is None
    lapse("sweep")
    assert leases.take_turn("sweep", 60) == 2


def test_what_is_taken_is_told(become):
    leases.take_turn("sweep", 60)
    leases.take_turn("seal", 60)
    lapse("seal")

    assert leases.taken(["sweep", "seal", "never"]) == {"sweep"}
