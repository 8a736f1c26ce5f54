"""What `manage.py check` says of schema changes."""

import pytest
from django.core.checks import run_checks

from tests.deploy.factories import SchemaChangeFactory


def found(**kwargs):
    return [
        each for each in run_checks(**kwargs) if each.id in ("zdt_deploy.W050", "zdt_deploy.W051")
    ]


@pytest.mark.django_db
def test_a_change_with_a_problem_is_named_with_its_cure():
    facts = {"key": "shop.user.a>b", "table": "users", "trigger": "zzz"}
    SchemaChangeFactory(key="shop.user.a>b", problem="schema_trigger_missing", problem_params=facts)
    SchemaChangeFactory(contracted=True, problem="schema_trigger_missing", problem_params=facts)
    SchemaChangeFactory()

    [warning] = found(databases=["default"])

    assert "shop.user.a>b (switched)" in warning.msg
    assert "zdt_schema verify 'shop.user.a>b' --repair" in warning.hint


@pytest.mark.parametrize("name", ["ZDT_SCHEMA_TRUSTED_SESSIONS", "ZDT_SCHEMA_TRUSTED_SERVICES"])
def test_trusting_everybody_is_noticed(settings, name):
    setattr(settings, name, ["exporter", "*"])

    [warning] = found()

    assert name in warning.msg
    setattr(settings, name, ["export*"])
    assert found() == []


@pytest.mark.parametrize("value", ["*", [1], [""]])
def test_a_wrong_value_is_told_as_a_wrong_setting(settings, value):
    settings.ZDT_SCHEMA_TRUSTED_SESSIONS = value

    assert found() == []
    assert any("ZDT_SCHEMA_TRUSTED_SESSIONS" in each.msg for each in run_checks())
