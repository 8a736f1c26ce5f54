import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections


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


def test_a_slip_in_a_variable_of_the_environment_is_found(monkeypatch):
    monkeypatch.setenv("ZDT_VERSON", "2.0")
    monkeypatch.delenv("ZDT_VERSION", raising=False)
    warning = found()["zdt_core.W006"]

    assert "ZDT_VERSON" in warning.msg
    assert warning.hint == "Did you mean ZDT_VERSION?"


@pytest.mark.parametrize("name", ["ZDT_VERSION", "ZDT_SOMETHING_OF_THE_SITE", "VERSON"])
def test_other_variables_are_left_alone(monkeypatch, name):
    monkeypatch.setenv(name, "2.0")

    assert "zdt_core.W006" not in found()


@pytest.mark.parametrize("version", ["unknown", "latest", "HEAD"])
def test_a_release_like_every_other_is_found_before_it_is_deployed(settings, version):
    settings.ZDT_VERSION = version
    ids = [m.id for m in run_checks(tags=["zdt"], include_deployment_checks=True)]

    assert "zdt_core.W007" in ids
    assert "zdt_core.W007" not in found()


def database_checks():
    return {m.id: m for m in run_checks(tags=["database"], databases=["default"])}


def test_a_database_that_does_not_answer_is_one_error(
    monkeypatch, django_db_setup, django_db_blocker
):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    with django_db_blocker.unblock():
        told = database_checks()

    assert list(told) == ["zdt_core.E005"]
    assert "onnection refused" in told["zdt_core.E005"].msg
    assert "DATABASES['default']" in told["zdt_core.E005"].hint


def test_a_database_that_is_not_postgresql_is_asked_nothing(monkeypatch):
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")

    assert database_checks() == {}
    assert "zdt_core.E020" in found()


@pytest.mark.django_db
def test_a_database_that_answers_is_well():
    assert database_checks() == {}


@pytest.mark.parametrize("app", ["zdt_flags", "zdt_deploy", "zdt_audit"])
def test_an_app_without_its_base_says_what_to_add(app, monkeypatch):
    monkeypatch.setattr("django.apps.apps.is_installed", lambda name: False)

    with pytest.raises(ImproperlyConfigured, match=f'{app} needs zdt_core. Add "zdt_core" to'):
        apps.get_app_config(app).ready()


def test_the_sample_shop_has_no_errors():
    assert [id for id, message in found().items() if message.is_serious()] == []
