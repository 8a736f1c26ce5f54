"""A freeze that is set while a deployment moves: real connections."""

import threading

import pytest
from django.db import connection

from tests.deploy.factories import DeploymentFactory, alive
from zdt_core import gates
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import machine
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

    def end(self):
        self.thread.join(30)
        return self.result


@pytest.fixture(autouse=True)
def fleet(settings):
    settings.ZDT_FLEET_SILENT_AFTER = 3600.0  # the rows have no process that would beat
    alive("1.0", "2.0")


def freeze():
    wanted = Wanted(name="peak", environment="test", reason="now", time_zone="UTC")
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
