"""Three releases of an app on one table: what each of them has as models, and their migrations."""

from __future__ import annotations

from django.db import connection

from tests.deploy.schema import trial
from zdt_core import database, gates
from zdt_core.events import Event
from zdt_core.jobs.models import Run
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import catalogue, changes, pairing, triggers
from zdt_deploy.schema.gates import STEP
from zdt_deploy.schema.models import Certificate, SchemaChange
from zdt_deploy.schema.phases import Phase


def open_gate(monkeypatch, is_open=True):
    """Let contracts happen at once, or never."""
    conditions = {} if is_open else {"never": lambda change: gates.closed("schema_not_yet")}
    monkeypatch.setitem(gates._conditions, STEP, conditions)


def forget():
    """Take all records of changes away that a test made outside of a transaction."""
    for model in (SchemaChange, Backfill, Event, Run):
        model.objects.all().delete()


def change(key):
    return changes.find(connection, key)


def settle(key):
    """Fill and compare; the change as it is then."""
    return trial.settle(change(key))


def prove(key):
    """What `settle` comes to for rows that can be converted, without the engine."""
    found = change(key)
    pair = pairing.pair_of(found)
    back = found.phase == Phase.SWITCHED
    sets = ", ".join(f'"{name}" = {sql}' for name, sql in pair.assignments(back=back).items())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {pair.table} SET {sets} WHERE {pair.difference()}")
    Backfill.objects.all().delete()
    mark = triggers.fingerprint(connection, pair)
    assert mark
    Certificate.objects.create(change=found, state=Certificate.State.VALID, trigger=mark)
    if not back:
        SchemaChange.objects.filter(pk=found.pk).update(phase=Phase.VERIFIED.value)
    SchemaChange.objects.filter(pk=found.pk).update(verified_at=database.Now())


def columns(table):
    return list(catalogue.columns(connection, table))


def shape(table):
    """All that a later migration can find of a table, but for the order of its columns."""
    return {
        "columns": {
            (c.name, c.type, c.nullable, c.default)
            for c in catalogue.columns(connection, table).values()
        },
        "indexes": {
            (name, i.shape, i.constraint)
            for name, i in catalogue.indexes(connection, table).items()
        },
        "constraints": {
            (name, c.type, c.definition, c.validated)
            for name, c in catalogue.constraints(connection, table).items()
            if c.type != "n"
        },
        "triggers": set(catalogue.triggers(connection, table)),
    }
