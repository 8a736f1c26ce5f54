import pytest
from django.core.checks import run_checks

from zdt_core import conf as module
from zdt_core.conf import CoreSettings, Setting, Settings, conf, declared, not_negative, positive
from zdt_core.exceptions import ConfigurationError


def complaint(setting, value):
    setting.name = "ZDT_X"
    return setting.complaint(value)


def test_a_setting_is_read_at_each_access(settings):
    settings.ZDT_REGION = "eu-west"
    assert conf.REGION == "eu-west"

    settings.ZDT_REGION = "us-east"
    assert conf.REGION == "us-east"


def test_a_setting_that_is_not_given_has_its_default(settings):
    del settings.ZDT_REGION

    assert conf.REGION == "default"


@pytest.mark.parametrize(
    ("kind", "default", "value", "fits"),
    [
        (str, "", "x", True),
        (str, "", 1, False),
        (str, "", None, False),
        (str, None, None, True),
        (int, 1, 2, True),
        (int, 1, 2.0, False),
        (int, 1, True, False),
        (float, 1.0, 2, True),
        (float, 1.0, True, False),
        (float, 1.0, "2", False),
        (bool, True, False, True),
        (bool, True, 1, False),
        (dict, {}, {"a": 1}, True),
        (list, [], (), False),
    ],
)
def test_types_are_told_apart(kind, default, value, fits):
    assert (complaint(Setting(kind, default, ""), value) is None) is fits


def test_a_wrong_value_is_an_error_that_names_the_setting(settings):
    settings.ZDT_REDIS_TIMEOUT = "soon"

    with pytest.raises(ConfigurationError, match="ZDT_REDIS_TIMEOUT must be of type float, got 's"):
        _ = conf.REDIS_TIMEOUT


def test_the_validator_has_the_last_word(settings):
    settings.ZDT_REDIS_TIMEOUT = 0

    with pytest.raises(ConfigurationError, match="ZDT_REDIS_TIMEOUT must be above 0, got 0"):
        _ = conf.REDIS_TIMEOUT


def test_a_secret_is_never_shown(settings):
    settings.ZDT_DRAIN_TOKEN = "short-secret"
    with pytest.raises(ConfigurationError) as error:
        _ = conf.DRAIN_TOKEN
    assert "short-secret" not in str(error.value)

    settings.ZDT_DRAIN_TOKEN = 123456
    with pytest.raises(ConfigurationError, match="got a int") as error:
        _ = conf.DRAIN_TOKEN
    assert "123456" not in str(error.value)


@pytest.mark.parametrize("value", ["1.0", "v2.4.0", "2026-01-01+abc_1", "a" * 40])
def test_release_names_that_travel_well(settings, value):
    settings.ZDT_VERSION = value

    assert value == conf.VERSION


@pytest.mark.parametrize("value", ["", "a:b", "a b", "-1", "a" * 41, "ä", "a/b", "a\n"])
def test_release_names_that_would_break_cookies_or_keys(settings, value):
    settings.ZDT_VERSION = value

    assert "ZDT_VERSION" in CoreSettings.VERSION.complaint(value)
    assert conf.VERSION is None


@pytest.mark.parametrize("value", ["health", "/", "/health/", "/a b", "", "//x"])
def test_a_health_prefix_that_would_never_match(settings, value):
    settings.ZDT_HEALTH_PREFIX = value

    assert "ZDT_HEALTH_PREFIX" in CoreSettings.HEALTH_PREFIX.complaint(value)


def test_bounds():
    assert positive(0.1) is None
    assert positive(0) is not None
    assert positive(float("nan")) is not None
    assert not_negative(0) is None
    assert not_negative(-0.1) is not None
    assert not_negative(float("nan")) is not None


def test_the_class_gives_the_declaration():
    assert isinstance(CoreSettings.REGION, Setting)
    assert CoreSettings.REGION.name == "ZDT_REGION"


def test_declaring_makes_a_setting_known(monkeypatch):
    monkeypatch.setattr(module, "_declared", {})

    class Ours(Settings):
        NEW_THING = Setting(int, 5, "What it is.")

    assert list(declared()) == ["ZDT_NEW_THING"]
    assert Ours().NEW_THING == 5


def test_every_default_is_valid_and_documented():
    for name, setting in declared().items():
        assert setting.complaint(setting.default) is None, name
        assert setting.help.endswith((".", "!")), name


def test_the_suites_settings_are_clean():
    assert [m for m in run_checks(tags=["zdt"]) if m.id in ("zdt_core.E001", "zdt_core.W002")] == []
