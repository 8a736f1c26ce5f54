import pytest
from django.core.checks import run_checks


def found(prefix="zdt_core."):
    return {message.id: message for message in run_checks(tags=["zdt"]) if message.id}


def test_a_name_that_nobody_declared_is_found_with_its_nearest_match(settings):
    settings.ZDT_REGOIN = "eu-west"
    warning = found()["zdt_core.W002"]

    assert warning.msg == "ZDT_REGOIN is no setting of zdt."
    assert warning.hint == "Did you mean ZDT_REGION?"


def test_a_name_like_no_other_is_found(settings):
    settings.ZDT_QQQQQQQQ = 1

    assert "Remove it" in found()["zdt_core.W002"].hint


def test_a_wrong_value_is_found_with_what_the_setting_is_for(settings):
    settings.ZDT_REDIS_TIMEOUT = -1
    error = found()["zdt_core.E001"]

    assert error.msg == "ZDT_REDIS_TIMEOUT must be above 0, got -1."
    assert "Redis" in error.hint


@pytest.mark.parametrize("version", [None, ""])
def test_a_missing_release_is_found(settings, version):
    settings.ZDT_VERSION = version

    assert "zdt_core.E003" in found()


def test_naive_times_are_found(settings):
    settings.USE_TZ = False

    assert "zdt_core.E004" in found()


def test_the_sample_shop_has_no_errors():
    assert [id for id, message in found().items() if message.is_serious()] == []
