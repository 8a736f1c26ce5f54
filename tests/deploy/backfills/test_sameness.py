"""A column that would get another value is written, however alike the two are."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction

from tests.deploy.backfills.tables import query
from zdt_deploy.backfills import keys
from zdt_deploy.backfills.assign import Assign
from zdt_deploy.backfills.kinds import Batch

pytestmark = pytest.mark.django_db
TONE = """
    CREATE TYPE tone AS (word text);
    CREATE FUNCTION alike(tone, tone) RETURNS boolean IMMUTABLE LANGUAGE sql
        AS $$ SELECT lower($1.word) = lower($2.word) $$;
    CREATE OPERATOR = (LEFTARG = tone, RIGHTARG = tone, FUNCTION = alike);
"""
"""A type under whose ``=`` case does not count, as with citext."""
ALIKE = [
    ("numeric", "1.50", "1.5"),
    ("double precision", "0", "-0"),
    ("interval", "24:00", "1 day"),
    ("box", "(1,1),(0,0)", "(2,0.5),(0,0)"),
    ("jsonb", '{"a": 1.50}', '{"a": 1.5}'),
    ("json", '{"a": 1}', '{"a":1}'),
    ("numeric[]", "{1.50}", "{1.5}"),
    ("tone", "(LOUD)", "(loud)"),
    ("text", "LOUD", "loud"),
    ("varchar(4)", "LOUD", "loud"),
]
SAME = [
    ("integer", "7", "7.2"),
    ("numeric(10,2)", "7.20", "7.2"),
    ("char(5)", "ab", "'ab'::text"),
    ("varchar(4)", "loud", "'loud'::text"),
    ("timestamp(0)", "2026-01-01 00:00:01", "timestamp '2026-01-01 00:00:00.9'"),
    ("json", '{"a": 1}', """'{"a": 1}'::json"""),
    ("date", "2026-01-01", "'2026-01-01'"),
]


def table(kind: str, value: str) -> None:
    if kind == "tone":
        query(TONE)
    query(f"CREATE TABLE thing (id int PRIMARY KEY, new {kind})")
    query("INSERT INTO thing VALUES (1, %s), (2, %s)", value, value)


def fill(sql: str) -> int:
    """Rows that a batch wrote."""
    key = keys.find(connection, keys.table(connection, "thing"))
    return Assign({"set": {"new": sql}}).do(Batch(connection, "thing", key, None, None, 2)).changed


@pytest.mark.parametrize(("kind", "old", "new"), ALIKE, ids=[kind for kind, _o, _n in ALIKE])
def test_what_merely_equals_is_written_and_once(kind, old, new):
    table(kind, old)

    assert fill(f"'{new}'::{kind}") == 2
    assert query("SELECT DISTINCT new::text FROM thing") == query(f"SELECT '{new}'::{kind}::text")
    assert fill(f"'{new}'::{kind}") == 0


@pytest.mark.parametrize(("kind", "old", "sql"), SAME, ids=[kind for kind, _o, _s in SAME])
def test_what_becomes_the_same_value_is_not_written(kind, old, sql):
    table(kind, old)

    assert fill(sql) == 0


def test_null_is_told_from_all_values():
    table("numeric", "1")
    query("UPDATE thing SET new = NULL WHERE id = 1")

    assert (fill("1"), fill("NULL"), fill("NULL")) == (1, 2, 0)


def test_a_value_that_is_too_long_is_refused_and_not_cut():
    table("varchar(4)", "loud")

    with pytest.raises(DataError), transaction.atomic():
        fill("'louder'::text")


def test_columns_of_different_collations_are_compared():
    query('CREATE TABLE thing (id int PRIMARY KEY, new text COLLATE "C", old text COLLATE "POSIX")')
    query("INSERT INTO thing VALUES (1, NULL, 'a'), (2, 'b', 'b')")

    assert fill("old") == 1
