"""A freeze that is set while a deployment moves: real connections."""

import threading

import pytest
from django.db import connection, transaction

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, alive
from zdt_core import gates
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import machine, moving, standstill
from zdt_deploy.freezes import operations
from zdt_deploy.freezes.models import Freeze
from zdt_deploy.freezes.operations import Wanted

pytestmark = pytest.mark.django_db(transaction=True)
ADA = Actor("user", "ada")


class Beside:
    """Does something on a connection of its own, from within what somebody else does."""

    def __init__(self, act):
        self.act, self.result = act, None
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            self.result = self.act()
        except Refused as refusal:
            self.result = refusal
        finally:
            connection.close()

    def waits(self):
        """Whether it waits for the one from within whom it is done."""
        self.thread.start()
        while self.thread.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return True
        return False

    def run(self):
        self.thread.start()
        return self.end()

    def end(self):
        self.thread.join(30)
        return self.result


@pytest.fixture(autouse=True)
def fleet(settings):
    settings.ZDT_FLEET_SILENT_AFTER = 3600.0  # the rows have no process that would beat
    alive("1.0", "2.0")


def freeze(**at):
    said = {"name": "peak", "environment": "test", "reason": "now", "time_zone": "UTC"}
    wanted = Wanted(**said | at)
    return operations.add(wanted, actor=Actor("user", "olga"))


def test_it_waits_for_moves_that_have_asked_and_others_wait_for_it(monkeypatch):
    """One test, as it empties every table afterwards."""
    pending = DeploymentFactory(pending=True)
    beside, waited = Beside(freeze), []

    def last_condition(deployment):
        waited.append(beside.waits())
        return gates.open_()

    monkeypatch.setitem(gates._conditions["deployment.start"], "last", last_condition)
    machine.begin(pending.pk, actor=ADA)

    assert isinstance(beside.end(), Freeze)
    assert waited == [True], "it was set before the move that it did not stop had ended"

    Freeze.objects.all().delete()
    live = DeploymentFactory(service="billing")
    beside, waited = Beside(lambda: machine.advance(live.pk, actor=ADA)), []
    record = operations._record

    def slow(*args, **kwargs):
        waited.append(beside.waits())
        return record(*args, **kwargs)

    monkeypatch.setattr(operations, "_record", slow)
    freeze()

    assert beside.end().code == "frozen_until_ended"
    assert waited == [True]

    Freeze.objects.all().delete()
    beside, waited = Beside(freeze), []
    monkeypatch.setattr(operations, "_record", record)
    start = {"version": "2.0", "environment": "test", "service": "search"}
    for release in ("1.0", "2.0"):
        ProcessFactory(release=release, service="search")
    machine.start(**start, previous_version="1.0", actor=ADA)

    assert isinstance(beside.end(), Freeze)
    assert waited == [True], "it was set while one began that brought its row along"

    monkeypatch.setattr(standstill, "PATIENCE_MS", 10)
    with transaction.atomic():
        moving.lock(live.pk)  # and goes for lunch
        for place in ({"service": "shop"}, {"environment": "staging"}):
            assert isinstance(Beside(lambda at=place: freeze(**at)).run(), Freeze)
        refused = Beside(freeze).run()
        assert refused.code == "moves_not_over"
        assert Event.objects.latest("id").refused
