"""A real autovacuum in the way of a short statement."""

import pytest

from tests.core.pulse.waiting import until
from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, ddl
from zdt_deploy.schema.ddl import autovacuum, patience, telling
from zdt_deploy.schema.locks import Blocker

pytestmark = pytest.mark.long
CHANGE = "ALTER TABLE busy ADD COLUMN note text"


@pytest.fixture
def vacuumed(db_scene, run, session):
    """A table that an autovacuum holds for minutes."""
    run("ALTER SYSTEM SET autovacuum_naptime = '1s'")
    run("SELECT pg_reload_conf()")
    run(
        "CREATE TABLE busy (id int, fill text) WITH (autovacuum_vacuum_threshold = 1,"
        " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100,"
        " autovacuum_vacuum_cost_limit = 1, autovacuum_analyze_threshold = 1000000000)"
    )
    run("INSERT INTO busy SELECT n, repeat('x', 500) FROM generate_series(1, 20000) n")
    run("DELETE FROM busy WHERE id % 2 = 0")
    until(lambda: _vacuums(run), seconds=90)
    yield
    run("ALTER SYSTEM RESET autovacuum_naptime")
    run("SELECT pg_reload_conf()")


def _vacuums(run):
    return run(
        "SELECT a.pid FROM pg_stat_activity a JOIN pg_locks l USING (pid)"
        " WHERE a.backend_type = 'autovacuum worker' AND l.relation = 'busy'::regclass"
    )


@pytest.fixture
def told(monkeypatch):
    heard = []
    monkeypatch.setattr(telling, "tell", lambda code, **params: heard.append(params["blockers"]))
    return heard


def change(editor):
    ddl.short(editor, [CHANGE], tables=["busy"], what="Adding")


def test_a_role_that_may_not_hurry_it_waits_once_for_long(
    vacuumed, editor, db_scene, told, monkeypatch, settings
):
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 30.0
    monkeypatch.setattr(autovacuum, "may_hurry", lambda connection: False)

    change(editor)

    assert "note" in catalogue.columns(db_scene, "busy")
    assert "autovacuum worker" in told[0]


def test_a_role_that_may_set_deadlock_timeout_needs_no_long_try(
    vacuumed, editor, db_scene, told, monkeypatch, settings
):
    settings.ZDT_SCHEMA_LOCK_SECONDS = 0.2
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 30.0
    tries, real = [], patience._tried

    def tried(attempt, seconds, yields_after, **options):
        tries.append(seconds)
        return real(attempt, seconds, yields_after, **options)

    monkeypatch.setattr(patience, "_tried", tried)
    change(editor)

    assert "note" in catalogue.columns(db_scene, "busy")
    assert tries == [0.2, 0.2]


def test_short_tries_alone_would_not_get_past_it(vacuumed, editor, told, monkeypatch, settings):
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 2.0
    monkeypatch.setattr(Blocker, "gives_way", property(lambda self: False))

    with pytest.raises(Refused) as refused:
        change(editor)

    assert refused.value.code == "lock_not_had"
