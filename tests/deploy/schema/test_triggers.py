import pytest
from django.db import DatabaseError

from zdt_deploy.schema import triggers
from zdt_deploy.schema.pairs import Column, Pair, renaming

TABLE = "shop_user"
EMAIL = renaming(TABLE, Column("user_email", "text", False), "email_address")


@pytest.fixture
def table(run):
    run(f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, user_email text NOT NULL, name text)")
    run(f"INSERT INTO {TABLE} VALUES (1, 'before@x')")
    run(f"ALTER TABLE {TABLE} ADD COLUMN email_address text")
    return TABLE


@pytest.fixture
def installed(editor, table):
    triggers.install(editor, EMAIL)
    return EMAIL


def code(db_scene, pair=EMAIL):
    return triggers.state(db_scene, pair).code


def test_a_trigger_is_missing_until_it_is_installed(db_scene, editor, table):
    assert code(db_scene) == "missing"
    assert triggers.fingerprint(db_scene, EMAIL) is None

    triggers.install(editor, EMAIL)

    assert code(db_scene) == ""
    assert triggers.fingerprint(db_scene, EMAIL)


def test_a_second_install_leaves_the_trigger_as_it_is(db_scene, editor, installed):
    before = triggers.fingerprint(db_scene, EMAIL)

    triggers.install(editor, EMAIL)

    assert triggers.fingerprint(db_scene, EMAIL) == before


def test_a_pair_that_was_stored_finds_its_trigger(db_scene, installed):
    assert code(db_scene, Pair.from_json(EMAIL.to_json())) == ""


def test_a_tables_name_may_have_an_apostrophe(db_scene, editor, run):
    pair = renaming("chef's 5% table", Column("old", "text", True), "new")
    run("""CREATE TABLE "chef's 5% table" (id int PRIMARY KEY, old text, new text)""")

    triggers.install(editor, pair)
    assert code(db_scene, pair) == ""

    triggers.remove(editor, pair)
    assert code(db_scene, pair) == "missing"


def test_the_schema_in_the_session_does_not_matter(db_scene, run, installed):
    qualified = Pair.from_json({**EMAIL.to_json()})
    run("SET search_path TO public")
    run("CREATE TABLE public.shop_user_elsewhere ()")
    run("DROP TABLE public.shop_user_elsewhere")
    run("SET search_path TO public, scene")

    assert code(db_scene, qualified) == ""


@pytest.mark.parametrize(
    ("by_hand", "why"),
    [
        ("DROP TRIGGER {t} ON shop_user", "missing"),
        ("DROP FUNCTION {f} CASCADE", "missing"),
        ("ALTER TABLE shop_user DISABLE TRIGGER {t}", "disabled"),
        ("ALTER TABLE shop_user DISABLE TRIGGER ALL", "disabled"),
        ("ALTER TABLE shop_user ENABLE REPLICA TRIGGER {t}", "disabled"),
        ("ALTER TABLE shop_user ENABLE TRIGGER {t}", "disabled"),
        (
            "CREATE OR REPLACE FUNCTION {f}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NEW; END $$",
            "altered",
        ),
        (
            "CREATE OR REPLACE TRIGGER {t} BEFORE INSERT ON shop_user FOR EACH ROW"
            " EXECUTE FUNCTION {f}()",
            "altered",
        ),
        (
            "CREATE OR REPLACE TRIGGER {t} BEFORE INSERT OR UPDATE OF name ON shop_user"
            " FOR EACH ROW EXECUTE FUNCTION {f}()",
            "altered",
        ),
        ("ALTER TABLE shop_user RENAME user_email TO mail", "altered"),
        ("COMMENT ON TRIGGER {t} ON shop_user IS 'mine'", "altered"),
    ],
)
def test_what_was_done_by_hand_is_told(db_scene, run, editor, installed, by_hand, why):
    run(by_hand.format(t=EMAIL.trigger, f=EMAIL.function))

    assert code(db_scene) == why
    if "RENAME" not in by_hand:
        triggers.install(editor, EMAIL)
        assert code(db_scene) == ""


def test_a_trigger_that_has_the_last_word_is_told(db_scene, run, installed):
    run(
        "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
        f"CREATE TRIGGER low BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION own();"
        f"CREATE TRIGGER zzzz AFTER UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION own()"
    )
    before = triggers.fingerprint(db_scene, EMAIL)
    assert code(db_scene) == ""

    run(f"CREATE TRIGGER zzzz_low BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION own()")
    assert triggers.behind(db_scene, EMAIL) == ["zzzz_low"]
    assert code(db_scene) == "outrun"

    run(f"ALTER TRIGGER zzzz_low ON {TABLE} RENAME TO lower")
    assert triggers.fingerprint(db_scene, EMAIL) == before


def test_a_trigger_made_anew_has_another_mark(db_scene, editor, installed):
    before = triggers.fingerprint(db_scene, EMAIL)

    triggers.remove(editor, EMAIL)
    triggers.install(editor, EMAIL)

    assert triggers.fingerprint(db_scene, EMAIL) not in (None, before)


def test_removing_leaves_nothing_and_may_be_done_twice(db_scene, run, editor, installed):
    for _ in range(2):
        triggers.remove(editor, EMAIL)

    assert code(db_scene) == "missing"
    assert run("SELECT proname FROM pg_proc WHERE proname LIKE 'zdt_sync%%'", []) == []


def test_the_columns_can_not_be_dropped_while_the_trigger_needs_them(run, installed):
    for column in ("user_email", "email_address"):
        with pytest.raises(DatabaseError, match="depend"):
            run(f"ALTER TABLE {TABLE} DROP COLUMN {column}")


def test_the_type_of_a_column_can_not_change_under_the_trigger(run, installed):
    with pytest.raises(DatabaseError, match="trigger"):
        run(f"ALTER TABLE {TABLE} ALTER COLUMN user_email TYPE varchar(300)")


def test_each_partition_has_the_trigger_the_later_ones_too(db_scene, run, editor):
    pair = renaming("parted", Column("a", "text", True), "b")
    run("CREATE TABLE parted (id int, a text, b text) PARTITION BY RANGE (id)")
    run("CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (9)")
    triggers.install(editor, pair)
    run("CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (9) TO (99)")

    run("INSERT INTO parted (id, a) VALUES (1, 'x')")
    run("INSERT INTO parted (id, b) VALUES (10, 'y')")
    run("INSERT INTO parted_2 (id, a) VALUES (11, 'z')")

    assert run("SELECT a, b FROM parted ORDER BY id") == [("x", "x"), ("y", "y"), ("z", "z")]
    assert code(db_scene, pair) == ""
    run(f"ALTER TABLE parted_2 DISABLE TRIGGER {pair.trigger}")
    assert code(db_scene, pair) == "disabled"
