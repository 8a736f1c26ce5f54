"""Ticks that keep for later deployments."""

from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory
from tests.deploy.preflight.conftest import ADA, line
from zdt_core import database
from zdt_deploy.preflight import marking
from zdt_deploy.preflight.models import PreflightMark
from zdt_deploy.preflight.results import Result

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lists(items):
    items("dashboards", by_hand=True, keeps_days=90)
    items("try_it", by_hand=True)


def earlier(**facts):
    return DeploymentFactory.aged(3600, pending=True, version="1.9", service="shop", **facts)


def tick(deployment, name="dashboards", days=0):
    mark = marking.tick(deployment.pk, name, actor=ADA)
    PreflightMark.objects.filter(pk=mark.pk).update(at=database.Now() - timedelta(days=days))


def test_what_is_so_of_a_site_need_not_be_ticked_each_time(pending):
    tick(earlier(), days=89)

    found = line(pending, "dashboards")
    assert found.result is Result.PASSED
    assert found.mark.deployment.version == "1.9"


def test_a_tick_that_does_not_keep_is_of_one_deployment(pending):
    tick(earlier(), "try_it")

    assert line(pending, "try_it").result is Result.UNKNOWN


def test_it_does_not_keep_for_ever(pending):
    tick(earlier(), days=91)

    assert line(pending, "dashboards").result is Result.UNKNOWN


@pytest.mark.parametrize("elsewhere", [{"environment": "production"}])
def test_it_does_not_keep_elsewhere(pending, elsewhere):
    tick(earlier(**elsewhere))

    assert line(pending, "dashboards").result is Result.UNKNOWN


def test_a_later_tick_says_nothing_of_an_earlier_deployment(pending):
    before = earlier()
    tick(pending)

    assert line(before, "dashboards").result is Result.UNKNOWN


def test_one_that_was_taken_back_does_not_bring_an_older_one_to_life(pending):
    first, second = earlier(), earlier()
    tick(first, days=5)
    tick(second)
    marking.withdraw(second.pk, "dashboards", actor=ADA)

    assert line(pending, "dashboards").result is Result.UNKNOWN


def test_waivers_do_not_keep(pending):
    marking.waive(earlier().pk, "dashboards", actor=ADA, reason="x")

    assert line(pending, "dashboards").result is Result.UNKNOWN


def test_a_mark_of_one_s_own_comes_first(pending):
    tick(earlier())
    marking.waive(pending.pk, "dashboards", actor=ADA, reason="not this time")

    assert line(pending, "dashboards").mark.kind == "waiver"
