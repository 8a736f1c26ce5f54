import os
import signal
import threading

import pytest
from django.db import OperationalError, transaction

from zdt_core.exceptions import Refused
from zdt_deploy.schema import catalogue, ddl
from zdt_deploy.schema.ddl import building, telling, timeouts
from zdt_deploy.schema.locks import blockers

LIMITS = ("lock_timeout", "statement_timeout")


@pytest.fixture
def table(run):
    run("CREATE TABLE orders (id bigint PRIMARY KEY, total int)")
    run("INSERT INTO orders SELECT n, n FROM generate_series(1, 20) n")
    return "orders"


@pytest.fixture
def limits(run):
    """The session's timeouts, set to something of the site's own."""
    run("SET lock_timeout = '7s'; SET statement_timeout = '9s'")
    return lambda: [run(f"SHOW {name}")[0][0] for name in LIMITS]


def add_column(name="note"):
    return f"ALTER TABLE orders ADD COLUMN {name} text"


def short(editor, *statements, **options):
    ddl.short(editor, statements or [add_column()], tables=["orders"], what="Adding", **options)


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def test_short_statements_happen_together_or_not_at_all(editor, table, db_scene):
    with pytest.raises(Exception, match="nowhere"):
        short(editor, add_column(), "ALTER TABLE orders DROP COLUMN nowhere")

    assert "note" not in catalogue.columns(db_scene, table)
    short(editor)
    assert "note" in catalogue.columns(db_scene, table)


def test_statements_are_chosen_where_nobody_else_changes_the_table(editor, table, db_scene):
    def missing():
        return [] if "note" in catalogue.columns(db_scene, table) else [add_column()]

    for _ in range(2):
        ddl.short(editor, missing, tables=[table], what="Adding")

    assert "note" in catalogue.columns(db_scene, table)


def test_a_guard_is_asked_at_each_try_before_anything_is_done(
    table, db_scene, holding, monkeypatch
):
    """Who waits for a lock learns that the world has moved on."""
    asked = []

    def guard():
        asked.append(connected.in_atomic_block)
        if len(asked) == 2:
            raise Refused("moved_on")

    connected = db_scene
    holding("UPDATE orders SET total = 0 WHERE id = 1")
    guarded = ddl.Editor(db_scene, guard=guard)

    assert refusal(short, guarded).code == "moved_on"
    assert asked == [True, True]
    assert "note" not in catalogue.columns(db_scene, table)


def test_a_transaction_around_it_is_refused_with_what_to_write(editor, table):
    with transaction.atomic():
        refused = refusal(short, editor)

    assert refused.code == "migration_is_atomic"
    assert "atomic = False" in str(refused)


def test_who_holds_the_lock_is_named_and_nothing_changes(editor, table, holding, db_scene, limits):
    before = limits()
    other = holding("UPDATE orders SET total = 0 WHERE id = 1")
    pid = other.connection.info.backend_pid

    refused = refusal(short, editor)

    assert refused.code == "lock_not_had"
    assert refused.params["tries"] > 1
    assert f"pid {pid}, postgres" in refused.params["blockers"]
    assert "UPDATE orders SET total" in refused.params["blockers"]
    assert "note" not in catalogue.columns(db_scene, table)
    assert limits() == before


def test_it_goes_on_once_the_lock_is_free(editor, table, holding, db_scene, monkeypatch, settings):
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 30.0
    other = holding("SELECT * FROM orders")
    told = []
    monkeypatch.setattr(telling, "tell", lambda code, **params: (told.append(code), other.close()))

    short(editor)

    assert "note" in catalogue.columns(db_scene, table)
    assert told == ["lock_tried_again"]


def test_beside_a_forgotten_transaction_the_site_goes_on(
    editor, table, holding, session, settings, db_scene
):
    settings.ZDT_SCHEMA_LOCK_PATIENCE_SECONDS = 0.4
    holding("SELECT * FROM orders WHERE id = 1")
    site, stop, updates = session(), threading.Event(), []

    def update():
        with site.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            while not stop.is_set():
                cursor.execute("UPDATE orders SET total = total + 1 WHERE id = 7")
                updates.append(1)

    visitor = threading.Thread(target=update)
    visitor.start()
    refused = refusal(short, editor)
    stop.set()
    visitor.join()

    assert refused.code == "lock_not_had"
    assert len(updates) > refused.params["tries"]


def test_work_that_is_not_short_is_undone(editor, table, settings, db_scene):
    settings.ZDT_SCHEMA_STATEMENT_SECONDS = 0.02

    refused = refusal(short, editor, add_column(), "SELECT pg_sleep(5)")

    assert refused.code == "statement_too_slow"
    assert "note" not in catalogue.columns(db_scene, table)


def test_what_somebody_cancels_is_not_tried_again(editor, table, session, db_scene, run):
    operator, ours = session(), db_scene.connection.info.backend_pid

    def cancel():
        with operator.cursor() as cursor:
            sleeping = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND query LIKE '%%pg_sleep%%'"
            while not cursor.execute(sleeping, [ours]).fetchall():
                pass
            cursor.execute("SELECT pg_cancel_backend(%s)", [ours])

    for call in (
        lambda: short(editor, add_column(), "SELECT pg_sleep(1)"),
        lambda: ddl.scan(editor, "SELECT pg_sleep(5)", table=table, what="Validating"),
    ):
        canceller = threading.Thread(target=cancel)
        canceller.start()
        with pytest.raises(OperationalError, match="user request"):
            call()
        canceller.join()
    assert "note" not in catalogue.columns(db_scene, table)


def test_an_error_of_the_statement_itself_is_not_tried_again(editor, table, limits):
    before = limits()

    with pytest.raises(Exception, match="already exists"):
        short(editor, "CREATE TABLE orders ()")

    assert limits() == before


def test_two_changes_of_a_table_take_turns(editor, table, session, db_scene):
    other = session()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        ddl.take_turns(other, ["scene.orders"])

        assert refusal(short, editor).code == "lock_not_had"

    other.close()
    short(editor)
    assert "note" in catalogue.columns(db_scene, table)


def test_a_scan_waits_briefly_for_its_lock_and_has_all_time_for_the_work(
    editor, table, holding, settings, limits, run
):
    before = limits()
    run("ALTER TABLE orders ADD CONSTRAINT few CHECK (total < 100) NOT VALID")
    other = holding("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE")

    def validate():
        ddl.scan(
            editor, "ALTER TABLE orders VALIDATE CONSTRAINT few", table=table, what="Validating"
        )

    assert refusal(validate).code == "lock_not_had"
    other.close()
    run("SET statement_timeout = '7ms'")
    ddl.scan(editor, "SELECT pg_sleep(0.02)", table=table, what="Scanning")
    run("SET statement_timeout = '9s'")
    validate()
    assert limits() == before


def test_only_statements_are_collected_for_sqlmigrate(db_scene, table):
    with db_scene.schema_editor(collect_sql=True, atomic=False) as collector:
        short(collector)
        ddl.scan(collector, "VALIDATE", table=table, what="Validating")
        ddl.concurrently(collector, "CREATE INDEX", table=table, what="Building")

    assert collector.collected_sql == [f"{add_column()};", "VALIDATE;", "CREATE INDEX;"]
    assert "note" not in catalogue.columns(db_scene, table)


def build(editor, unique="", what="Building"):
    ddl.concurrently(
        editor,
        f"CREATE {unique} INDEX CONCURRENTLY by_total ON orders (total)",
        table="orders",
        what=what,
    )


def test_an_index_is_built_without_timeouts_and_they_come_back(
    editor, table, limits, db_scene, run
):
    run("SET lock_timeout = '1ms'; SET statement_timeout = '9s'")
    before = limits()

    build(editor)

    assert catalogue.indexes(db_scene, table)["by_total"].valid
    assert limits() == before


def test_a_build_that_fails_leaves_no_invalid_index(editor, table, limits, db_scene, run):
    before = limits()
    run("UPDATE orders SET total = 1")

    with pytest.raises(Exception, match="could not create unique"):
        build(editor, "UNIQUE")

    assert "by_total" not in catalogue.indexes(db_scene, table)
    assert limits() == before


def test_a_build_does_not_start_beside_an_old_snapshot(editor, table, holding, settings):
    settings.ZDT_SCHEMA_OLD_SNAPSHOT_SECONDS = 0.001
    holding("SELECT 1", level="REPEATABLE READ")

    refused = refusal(build, editor)

    assert refused.code == "snapshots_held"
    assert "idle in transaction" in refused.params["blockers"]


def test_a_build_does_not_start_beside_an_old_writer_of_the_table(
    editor, table, holding, settings, run
):
    settings.ZDT_SCHEMA_OLD_SNAPSHOT_SECONDS = 0.001
    run("CREATE TABLE elsewhere (id int)")
    elsewhere = holding("INSERT INTO elsewhere VALUES (1)")
    build(editor)
    run("DROP INDEX by_total")
    elsewhere.close()
    holding("UPDATE orders SET total = 0 WHERE id = 1")

    assert refusal(build, editor).code == "snapshots_held"


def test_a_build_that_waits_too_long_is_cancelled_and_cleaned_up(
    editor, table, holding, settings, db_scene, monkeypatch, limits
):
    before = limits()
    settings.ZDT_SCHEMA_BUILD_PATIENCE_SECONDS = 0.1
    other = holding("SELECT 1", level="REPEATABLE READ")
    told = []
    monkeypatch.setattr(telling, "tell", lambda code, **params: told.append((code, params)))

    refused = refusal(build, editor)

    pid = other.connection.info.backend_pid
    assert refused.code == "build_waits_too_long"
    assert f"pid {pid}," in refused.params["blockers"]
    assert told[0][0] == "build_waits"
    assert f"pid {pid}," in told[0][1]["blockers"]
    assert "by_total" not in catalogue.indexes(db_scene, table)
    assert limits() == before


def test_a_build_that_somebody_cancels_leaves_nothing_and_is_no_refusal(
    editor, table, holding, session, db_scene
):
    holding("SELECT 1", level="REPEATABLE READ")
    operator = session()
    ours = db_scene.connection.info.backend_pid

    def cancel():
        while not blockers.of(operator, ours):
            pass
        with operator.cursor() as cursor:
            cursor.execute("SELECT pg_cancel_backend(%s)", [ours])

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(OperationalError, match="cancel"):
        build(editor)
    canceller.join()

    assert "by_total" not in catalogue.indexes(db_scene, table)


def test_a_build_that_is_interrupted_leaves_nothing(elsewhere, table, holding, session, db_scene):
    holder = holding("SELECT 1", level="REPEATABLE READ")
    operator = session()
    elsewhere.ensure_connection()
    ours = elsewhere.connection.info.backend_pid

    def interrupt():
        while not blockers.of(operator, ours):
            pass
        os.kill(os.getpid(), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        build(ddl.Editor(elsewhere))
    interrupter.join()
    holder.close()

    assert "by_total" not in catalogue.indexes(db_scene, table)


def test_an_interrupt_in_mid_statement_leaves_nothing_and_a_connection_that_works(
    elsewhere, table, holding, session, db_scene, run, monkeypatch
):
    holder = holding("SELECT 1", level="REPEATABLE READ")
    operator = session()

    editor = ddl.Editor(elsewhere)
    execute = editor.execute

    def interrupted(sql, params=()):
        """As psycopg leaves a statement where the signal comes at a bad moment."""
        if "CREATE" not in str(sql):
            return execute(sql, params)
        inner = elsewhere.connection
        inner.pgconn.send_query(str(sql).encode())
        while not blockers.of(operator, inner.info.backend_pid):
            pass
        raise KeyboardInterrupt

    monkeypatch.setattr(editor, "execute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(editor)
    holder.close()

    assert "by_total" not in catalogue.indexes(db_scene, table)
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders")
    assert run("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%by_total%'") == []


def test_timeouts_that_are_off_already_are_not_touched(db_scene, run, monkeypatch):
    run("SET statement_timeout = 0; SET lock_timeout = '7s'")
    touched, real = [], timeouts.set_timeouts
    monkeypatch.setattr(
        timeouts,
        "set_timeouts",
        lambda c, limits, local: (touched.append(set(limits)), real(c, limits, local=local)),
    )
    with timeouts.session(db_scene, {"statement_timeout": 0.0, "lock_timeout": 0.0}):
        pass

    assert touched == [{"lock_timeout"}, {"lock_timeout"}]
    assert run("SHOW lock_timeout") == [("7s",)]


def test_what_cannot_be_cleaned_up_is_named(editor, table, holding, monkeypatch, settings, run):
    monkeypatch.setattr(building, "CLEANING_SECONDS", 0.1)
    run("UPDATE orders SET total = 1")
    holding("SELECT * FROM orders")
    told = []
    monkeypatch.setattr(telling, "tell", lambda code, **params: told.append((code, params)))

    with pytest.raises(Exception, match="could not create unique"):
        build(editor, "UNIQUE")

    assert told[-1][0] == "index_left_invalid"
    assert told[-1][1]["indexes"] == "by_total"


def test_a_session_that_is_gone_is_closed_with_its_timeouts(editor, table, session, db_scene, run):
    run("SET lock_timeout = '7s'")
    ours = db_scene.connection.info.backend_pid
    operator = session()

    def interrupted():
        with timeouts.session(db_scene, {"lock_timeout": 0.0}):
            with operator.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [ours])
            run("SELECT 1")

    with pytest.raises(OperationalError):
        interrupted()
    assert run("SHOW lock_timeout") == [("0",)]
