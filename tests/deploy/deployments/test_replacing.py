"""How much of the fleet is new, and how many processes may follow."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, alive
from zdt_deploy.deployments import replacing
from zdt_deploy.deployments.replacing import Fleet

shares = st.integers(1, 100_000).map(lambda thousandths: Decimal(thousandths) / 1000)


@pytest.mark.parametrize(
    ("new", "old", "share", "missing"),
    [(0, 4, 25, 1), (1, 3, 25, 0), (0, 3, 25, 1), (1, 2, 50, 1), (2, 1, 50, 0), (3, 0, 100, 0),
     (0, 1, 1, 1), (99, 1, 100, 1), (0, 0, 50, 0)],
)  # fmt: skip
def test_a_step_takes_whole_processes(new, old, share, missing):
    assert Fleet(new, old).missing(Decimal(share)) == missing


@given(st.integers(0, 500), st.integers(0, 500), shares)
def test_what_is_missing_is_enough_and_no_more(new, old, share):
    missing = Fleet(new, old).missing(share)
    assert 0 <= missing <= old
    assert Fleet(new + missing, old - missing).has_reached(share) or new + old == 0
    if missing:
        assert not Fleet(new + missing - 1, old - missing + 1).has_reached(share)


def test_nothing_is_reached_while_a_process_is_silent_or_none_is_new():
    assert not Fleet(4, 0, silent=("web-7",)).has_reached(Decimal(100))
    assert not Fleet(0, 0).has_reached(Decimal(25))


def test_it_has_returned_once_nothing_new_is_left_and_something_old_serves():
    assert Fleet(0, 4).has_returned()
    assert not Fleet(0, 4, lingering=("web-7",)).has_returned()
    assert not Fleet(0, 0).has_returned()


def test_a_share_is_rounded_down():
    assert Fleet(1, 2).share == Decimal("33.333")
    assert Fleet(0, 0).share == 0


@pytest.mark.django_db
def test_the_fleet_counts_web_processes_that_take_requests(settings):
    settings.ZDT_FLEET_SILENT_AFTER = 60
    row = DeploymentFactory(strategy="rolling")
    alive("1.0", "1.0", "0.9", "2.0")
    alive("2.0", draining=True, instance="leaving")
    alive("2.0", role="worker")
    alive("2.0", left_at="2026-01-01T00:00Z")
    ProcessFactory.seen(100, release="1.0", instance="silent")
    found = replacing.fleet(row)
    assert (found.new, found.old, found.silent) == (1, 3, ("silent",))
    assert len(found.lingering) == 2
    assert "leaving" in found.lingering
