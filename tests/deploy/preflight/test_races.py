"""Two operators at the same moment."""

import threading

import pytest
from django.db import connections

from tests.deploy.factories import DeploymentFactory
from tests.deploy.preflight.conftest import ADA
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_deploy.preflight import marking
from zdt_deploy.preflight.models import PreflightMark

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """The codes of what was refused, "" for what was done."""
    ready, codes = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number, act):
        ready.wait()
        try:
            act()
        except Refused as refusal:
            codes[number] = refusal.code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def test_of_two_who_tick_or_take_back_at_once_one_is_told():
    pending = DeploymentFactory(pending=True)
    for _ in range(5):
        codes = at_once(
            lambda: marking.tick(pending.pk, "dashboards", actor=ADA),
            lambda: marking.tick(pending.pk, "dashboards", actor=Actor("user", "bob")),
        )
        assert sorted(codes) == ["", "preflight_marked"]
        assert PreflightMark.objects.filter(withdrawn_at=None).count() == 1
        marking.withdraw(pending.pk, "dashboards", actor=ADA)
    assert Event.objects.filter(kind=marking.TICKED, refused=False).count() == 5

    marking.tick(pending.pk, "dashboards", actor=ADA)
    codes = at_once(*[lambda: marking.withdraw(pending.pk, "dashboards", actor=ADA)] * 2)
    assert sorted(codes) == ["", "preflight_no_mark"]
