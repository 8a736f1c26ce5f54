"""A setting that is wrong is told by the checks and the log; the site keeps serving."""

import logging

import pytest
from django.core.checks import run_checks
from django.test import Client

from zdt_core import conf as module
from zdt_core.conf import conf, declared


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(declared()))
def test_the_site_keeps_serving_and_a_check_names_it(name, settings):
    setattr(settings, name, object())
    client = Client()

    assert client.get("/").status_code == 200
    assert client.get("/health/live").status_code == 200
    assert any(name in m.msg for m in run_checks(tags=["zdt"]) if m.id == "zdt_core.E001")


def test_a_forgiving_setting_falls_back_to_its_default_and_says_so_once(
    settings, caplog, monkeypatch
):
    monkeypatch.setattr(module, "_told", set())
    settings.ZDT_HEALTH_PREFIX = "health"

    with caplog.at_level(logging.ERROR, "zdt.settings"):
        assert [conf.HEALTH_PREFIX, conf.HEALTH_PREFIX] == ["/health", "/health"]

    (record,) = caplog.records
    assert "ZDT_HEALTH_PREFIX must be a path such as /health" in record.getMessage()
    assert "The default is used: '/health'" in record.getMessage()


@pytest.mark.parametrize("name", ["ENVIRONMENT", "SERVICE", "REGION", "DATABASE"])
def test_what_would_act_in_another_place_is_not_forgiving(name):
    assert not declared()[f"ZDT_{name}"].forgiving
