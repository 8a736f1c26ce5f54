"""Migrations, workers and people at the same moment: real connections, one outcome."""

import threading

import pytest
from django.db import DatabaseError, connection

from tests.deploy.factories import alive
from tests.deploy.schema import trial
from tests.deploy.schema.trial import ADA, KEY, TABLE, expand, fresh, pair, run, told, work
from zdt_core import fleet
from zdt_core.exceptions import Refused
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import (
    catalogue,
    certificates,
    changes,
    contracting,
    ddl,
    following,
    triggers,
    watching,
)
from zdt_deploy.schema.models import Certificate, SchemaChange

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


@pytest.fixture(autouse=True)
def table(settings, monkeypatch):
    settings.ZDT_SERVICE, settings.ZDT_VERSION = "shop", "2.0"
    settings.ZDT_SCHEMA_OBSERVE_SECONDS = 0.0
    monkeypatch.setattr(fleet, "strangers", lambda alias: [])
    monkeypatch.setattr(contracting, "_kinds", {})
    contracting.register("rename", _drop)
    trial.make_table("a", "b")
    yield
    run(f"DROP TABLE {TABLE}")
    run(f"DROP FUNCTION IF EXISTS {pair().function}()")


def _drop(editor, spec):
    def statements():
        old = "old" in catalogue.columns(editor.connection, TABLE)
        rest = [f"ALTER TABLE {TABLE} DROP COLUMN old"] if old else []
        return [*triggers.removal(editor, pair()), *rest]

    ddl.short(editor, statements, tables=[TABLE], what="Dropping the old column")


def at_once(act, times=AT_ONCE):
    """What each returned or was refused with, all begun together."""
    ready, results = threading.Barrier(times), []

    def one():
        try:
            ready.wait(10)
            results.append(act())
        except (Refused, DatabaseError) as refusal:
            results.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return results


def _record():
    return changes.expand(
        connection, key=KEY, kind="rename", app_label="shop", model_name="Trial", table=TABLE,
        spec={"pair": pair().to_json()}, born_empty=False, actor=ADA,
    )  # fmt: skip


def test_many_expand_and_there_is_one_record_and_one_backfill():
    trial.install()

    found = at_once(_record)

    assert {each.pk for each in found} == {SchemaChange.objects.get().pk}
    assert Backfill.objects.count() == 1
    assert told() == ["schema.expanded", "schema.backfilling"]


def test_many_follow_and_one_comparison_is_begun_and_judged_once():
    change = expand()
    work(change.backfill)

    at_once(lambda: following.follow(change.pk))
    assert Certificate.objects.count() == 1
    work(Certificate.objects.get().backfill)
    at_once(lambda: following.follow(change.pk))

    assert fresh(change).phase == "verified"
    assert told().count("schema.verified") == 1


def test_many_contract_and_it_is_contracted_once():
    change = trial.settle(expand())
    changes.switched(connection, KEY)
    alive("2.0")

    found = at_once(lambda: contracting.contract_or_owe(connection, KEY, actor=ADA))

    assert fresh(change).phase == "contracted"
    assert "old" not in catalogue.columns(connection, TABLE)
    assert told().count("schema.contracted") == 1
    assert True in found


def test_watching_while_it_is_contracted_finds_no_problem():
    change = trial.settle(expand())
    changes.switched(connection, KEY)
    alive("2.0")
    acts = [lambda: contracting.contract_or_owe(connection, KEY, actor=ADA)]
    acts += [lambda: [watching.look(change.pk) for _time in range(5)]] * 3

    found = at_once(lambda: acts.pop()())

    assert True in found
    assert not [each for each in found if isinstance(each, Exception)]
    assert (fresh(change).phase, fresh(change).problem) == ("contracted", "")
    assert "schema.problem_found" not in told()


def test_a_trigger_that_was_disabled_and_enabled_again_has_another_mark():
    change = trial.settle(expand())
    assert certificates.valid(change) is not None

    run(f"ALTER TABLE {TABLE} DISABLE TRIGGER {pair().trigger}")
    run(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {pair().trigger}")

    assert certificates.valid(change) is None
    watching.look(change.pk)
    assert trial.settle(change).phase == "verified"
    assert certificates.valid(change) is not None
