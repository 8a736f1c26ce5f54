"""What the checks say about settings that would not work."""

import pytest
from django.apps import apps
from django.test import override_settings
from django.urls import include, path

from zdt_core.jobs import checks

JSON = {"URL": "redis://127.0.0.1/0", "SERIALIZER": "rq.serializers.JSONSerializer"}
urlpatterns = [path("rq/", include("django_rq.urls"))]


def ids(found):
    return [message.id for message in found]


def test_the_settings_of_the_shop_are_fine():
    assert checks.queues_are_there() + checks.dashboard_is_closed() + checks.figures_fit() == []


@override_settings(RQ_QUEUES={"zdt": JSON})
def test_a_missing_queue_is_an_error_with_the_lines_to_add():
    [error] = checks.queues_are_there()

    assert error.id == "zdt_core.E030"
    assert 'RQ_QUEUES["zdt-monitor"] = {"URL"' in error.hint


@pytest.fixture
def nobody_has_work(monkeypatch):
    """As where only flags or the audit trail are installed."""
    monkeypatch.setattr(apps.get_app_config("zdt_deploy"), "zdt_needs_jobs", False)


def test_who_has_no_work_needs_no_queue(nobody_has_work, settings):
    settings.RQ_QUEUES = {}
    assert checks.queues_are_there() == []
    settings.ZDT_NOTIFY = {"team": {"BACKEND": "log"}}
    assert ids(checks.queues_are_there()) == ["zdt_core.E030", "zdt_core.E030"]


@override_settings(RQ_QUEUES={"zdt": JSON})
def test_who_has_one_queue_needs_the_other(nobody_has_work):
    assert ids(checks.queues_are_there()) == ["zdt_core.E030"]


@pytest.mark.parametrize("given", [None, "redis://", {"zdt": None, "zdt-monitor": JSON}])
def test_queues_of_a_wrong_type_are_an_error(given, settings):
    settings.RQ_QUEUES = given
    assert set(ids(checks.queues_are_there())) == {"zdt_core.E030"}


@override_settings(RQ_QUEUES={"zdt": {"URL": "redis://127.0.0.1/0"}, "zdt-monitor": JSON})
def test_pickle_is_an_error():
    assert ids(checks.queues_are_there()) == ["zdt_core.E031"]


@override_settings(RQ_QUEUES={"zdt": JSON | {"SERIALIZER": "json"}, "zdt-monitor": JSON})
def test_the_short_name_of_json_will_do():
    assert checks.queues_are_there() == []


@override_settings(RQ_SHOW_ADMIN_LINK=True)
def test_an_open_dashboard_in_the_admin_is_a_warning():
    assert ids(checks.dashboard_is_closed()) == ["zdt_core.W032"]


@override_settings(ROOT_URLCONF=__name__)
def test_an_open_dashboard_of_its_own_is_a_warning():
    assert ids(checks.dashboard_is_closed()) == ["zdt_core.W032"]


@override_settings(ZDT_MONITOR_LEASE_SECONDS=2, ZDT_TICK_SECONDS=1)
def test_a_lease_of_two_ticks_is_a_warning():
    assert ids(checks.figures_fit()) == ["zdt_core.W033"]


@override_settings(ZDT_MONITOR_RING_AGAIN_SECONDS=1, ZDT_TICK_SECONDS=1)
def test_a_ring_in_every_tick_is_a_warning():
    assert ids(checks.figures_fit()) == ["zdt_core.W034"]


@override_settings(ZDT_LEASE_SECONDS="long")
def test_a_figure_of_a_wrong_type_is_left_to_the_check_of_types():
    assert checks.figures_fit() == []
