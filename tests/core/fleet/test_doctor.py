"""What the doctor says of the fleet."""

import pytest

from tests.core.factories import ProcessFactory
from zdt_core.doctor import rounds

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(settings):
    settings.ZDT_SERVICE = "shop"

    def found():
        return {one.code or one.area: one for one in rounds.findings(quick=True)}

    return found


def test_web_processes_are_counted_by_release(found):
    for facts in ({}, {"draining": True}, {"release": "2.0"}, {"role": "worker"}, {"left": True}):
        ProcessFactory(**facts)

    assert found()["web"].text == "Web processes alive: 2 of 1.0 (1 draining), 1 of 2.0"


@pytest.mark.parametrize("facts", [{"role": "worker"}, {"service": "billing"}, {"left": True}])
def test_nobody_of_this_service_is_wrong(found, facts):
    ProcessFactory(**facts)

    assert found()["web_missing"].standing == "wrong"


def test_nobody_is_a_warning_where_nothing_is_deployed(found, monkeypatch):
    monkeypatch.setattr("zdt_core.doctor.look.Look.installed", ("zdt_core", "zdt_flags"))

    assert found()["web_missing"].standing == "warning"


def test_the_silent_are_named_and_not_counted_as_alive(found):
    ProcessFactory.seen(60)
    told = found()

    assert "1 of 1.0" in told["silent"].text
    assert told["web_missing"].standing == "wrong"


def test_those_long_gone_are_left_alone(found):
    ProcessFactory.seen(3600)

    assert "silent" not in found()


def test_processes_of_another_environment_are_named(found):
    ProcessFactory(environment="staging")

    assert "Processes of staging beat into this database" in found()["strange_environment"].text
