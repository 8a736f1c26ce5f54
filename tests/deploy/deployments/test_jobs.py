from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory
from zdt_core import database, gates, jobs
from zdt_core.events import Event
from zdt_deploy.deployments.jobs import close_windows
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db
PAST = database.Now() - timedelta(seconds=1)


def state(deployment):
    return Deployment.objects.get(pk=deployment.pk).state


def test_a_window_that_is_over_is_closed():
    over = DeploymentFactory(baking=True, window_until=PAST)
    still = DeploymentFactory(baking=True)
    assert close_windows() == 1
    assert (state(over), state(still)) == ("completed", "baking")
    event = Event.objects.get(kind="deployment.completed")
    assert (event.actor_kind, event.code) == ("system", "window_over")


def test_one_that_must_not_be_closed_stays_and_stops_no_other(monkeypatch):
    kept = DeploymentFactory(baking=True, window_until=PAST)
    other = DeploymentFactory(baking=True, window_until=PAST, service="billing")
    closed = {"law": lambda d: gates.closed("x") if d.pk == kept.pk else gates.open_()}
    monkeypatch.setitem(gates._conditions, "deployment.complete", closed)
    assert close_windows() == 1
    assert (state(kept), state(other)) == ("baking", "completed")


def test_only_what_bakes_is_completed():
    DeploymentFactory(rolling_back=True, window_until=PAST)
    assert close_windows() == 0


def test_the_ticker_knows_the_chore():
    jobs.discover()
    assert "deployments.close_windows" in jobs.ticker._chores
