"""A table with two columns that a trigger keeps equal, and an engine that works at once."""

from django.db import connection

from zdt_core import database
from zdt_core.events import Actor, Event
from zdt_core.jobs.models import Run
from zdt_deploy.backfills import ending, keys, kinds
from zdt_deploy.backfills.models import Backfill, Range
from zdt_deploy.schema import changes, ddl, following, triggers
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.pairs import Column, Pair

ADA = Actor("user", "ada")
KEY = "shop.trial.old>new"
TABLE = "trial"


def run(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def pair(up="{old}", down="{new}", kind="text", table=TABLE):
    return Pair(
        table, (Column("old", "text", True),), (Column("new", kind, True),),
        up={"new": up}, down={"old": down},
    )  # fmt: skip


def make_table(*rows, kind="text"):
    """The table as the release before the change has it."""
    run(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, old {kind})")
    for value in rows:
        run(f"INSERT INTO {TABLE} (old) VALUES (%s)", [value])


def install(found=None):
    """Column and trigger, as the expand leaves them."""
    found = found or pair()
    run(f"ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS new {found.new[0].type}")
    for statement in triggers.statements(ddl.Editor(connection), found):
        run(statement)
    return found


def expand(found=None, *, born_empty=False, **facts):
    """Columns, trigger and record."""
    found = install(found)
    return changes.expand(
        connection, key=KEY, kind="rename", app_label="shop", model_name="Trial", table=TABLE,
        spec={"pair": found.to_json(), **facts}, born_empty=born_empty, actor=ADA,
    )  # fmt: skip


def born_verified(*rows):
    """A verified change by the short way: its rows came when the trigger was there."""
    make_table()
    change = expand(born_empty=True)
    for value in rows:
        run(f"INSERT INTO {TABLE} (old) VALUES (%s)", [value])
    return change


def work(backfill, state=Backfill.State.SUCCEEDED):
    """Do the backfill in one batch and end it, as the engine would; those that follow it see it."""
    done = kinds.Done(rows=0)
    if state == Backfill.State.SUCCEEDED:
        doing = kinds.make(backfill.kind, backfill.spec)
        table = keys.table(connection, backfill.table)
        batch = kinds.Batch(connection, table.sql, keys.find(connection, table), None, None)
        done = doing.do(batch)
    with database.atomic():
        locked = ending.locked(backfill.pk)
        Range.objects.get_or_create(
            backfill=locked,
            number=0,
            defaults={"rows_done": done.rows or 0, "rows_changed": done.changed},
        )
        ending.end(locked, state)
    backfill.refresh_from_db()


def settle(change):
    """Fill, compare and judge until nothing follows by itself."""
    for _round in range(10):
        live = Backfill.objects.filter(state__in=Backfill.LIVE).first()
        if live is not None:
            work(live)
        elif change.pk in following.due():
            following.follow(change.pk)
        else:
            break
    return fresh(change)


def fresh(change):
    return SchemaChange.objects.get(pk=change.pk)


def told(prefix="schema."):
    return list(
        Event.objects.filter(kind__startswith=prefix).order_by("id").values_list("kind", flat=True)
    )


def runs(kind):
    return list(Run.objects.filter(kind=kind, state="ready").values_list("key", flat=True))
