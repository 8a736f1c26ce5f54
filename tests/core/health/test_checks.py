import pytest
from django.core.checks import run_checks

HEALTH, DRAIN = "zdt_core.health.HealthMiddleware", "zdt_core.drain.DrainMiddleware"
OURS = {"zdt_core.W040", "zdt_core.E041", "zdt_core.W042", "zdt_core.W043", "zdt_core.W044"}


def found():
    return {message.id for message in run_checks(tags=["zdt"])} & OURS


def test_the_defaults_are_right(settings):
    settings.MIDDLEWARE = [HEALTH, DRAIN, "x"]

    assert found() == set()


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        (["x", HEALTH, DRAIN], {"zdt_core.W040"}),
        ([DRAIN, HEALTH], {"zdt_core.W040", "zdt_core.E041"}),
        (["x"], set()),
        (["zdt_core.health.middleware.HealthMiddleware", DRAIN], set()),
    ],
)
def test_the_order_of_the_middleware_is_checked(settings, middleware, expected):
    settings.MIDDLEWARE = middleware

    assert found() == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"DRAIN_WAIT": 22.0}, set()),
        ({"DRAIN_WAIT": 21.9}, {"zdt_core.W042"}),
        ({"DRAIN_WAIT": 10.0, "DRAIN_GRACE": 40.0}, {"zdt_core.W042", "zdt_core.W043"}),
        ({"DRAIN_GRACE": 59.0}, {"zdt_core.W043"}),
        ({"DRAIN_WAIT": 10.0, "DRAIN_GRACE": 45.0, "LB_ACTIVE_CHECKS": False}, set()),
        (
            {"DRAIN_WAIT": 10.0, "DRAIN_GRACE": 40.0, "LB_ACTIVE_CHECKS": False},
            {"zdt_core.W043"},
        ),
        ({"LB_INTERVAL": 10.0}, {"zdt_core.W042"}),
        ({"DRAIN_WAIT": 1.5, "LB_INTERVAL": 0.25, "LB_FALL": 2, "LB_TIMEOUT": 0.5}, set()),
    ],
)
def test_a_drain_that_is_too_short_is_found(settings, given, expected):
    settings.MIDDLEWARE = [HEALTH, DRAIN]
    for name, value in given.items():
        setattr(settings, f"ZDT_{name}", value)

    assert found() == expected


def test_a_critical_check_that_nobody_runs_is_found(settings):
    settings.ZDT_HEALTH_CRITICAL = ["database", "bank"]

    assert "zdt_core.W044" in found()


def test_a_wrong_type_is_left_to_its_own_check(settings):
    settings.ZDT_DRAIN_WAIT = "25"
    settings.ZDT_HEALTH_URLS = "http://x"
    settings.MIDDLEWARE = [HEALTH, DRAIN]

    assert found() == set()


@pytest.mark.parametrize(("given", "missing"), [([], 2), ([HEALTH], 1), ([HEALTH, DRAIN], 0)])
def test_what_deployments_need_is_there(settings, given, missing):
    settings.MIDDLEWARE = given
    told = [m for m in run_checks(tags=["zdt"]) if m.id == "zdt_core.W045"]

    assert len(told) == missing
