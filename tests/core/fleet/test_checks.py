import pytest
from django.core.checks import run_checks


def ids(prefix="zdt_core."):
    return {m.id for m in run_checks(tags=["zdt"]) if m.id.startswith(prefix)}


def test_the_suite_is_set_up_rightly():
    assert not {"zdt_core.E020", "zdt_core.W021", "zdt_core.W022", "zdt_core.E023"} & ids()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ZDT_DATABASE", "nowhere", "zdt_core.E020"),
        ("ZDT_DIRECT_DATABASE", "nowhere", "zdt_core.E020"),
        ("ZDT_FLEET_SILENT_AFTER", 6.0, "zdt_core.W022"),
        ("ZDT_FLEET_GONE_AFTER", 10.0, "zdt_core.E023"),
    ],
)
def test_a_wrong_setting_is_found(settings, name, value, expected):
    setattr(settings, name, value)

    assert expected in ids()


def test_a_foreign_application_name_is_found(settings, monkeypatch):
    monkeypatch.setenv("PGAPPNAME", "shop")

    assert "zdt_core.W021" in ids()


def test_an_application_name_in_the_options_is_found(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"application_name": "shop"})

    assert "zdt_core.W021" in ids()


def test_missing_redis_is_found(settings):
    settings.RQ_QUEUES = {}

    assert "zdt_core.W024" in ids()


def test_a_setting_of_the_wrong_type_is_left_to_its_own_check(settings):
    settings.ZDT_FLEET_SILENT_AFTER = "soon"

    assert "zdt_core.E001" in ids()
    assert "zdt_core.W022" not in ids()
