"""Two calls of one query read the same."""

import pytest

from zdt_core.observing import statements


@pytest.mark.parametrize(
    ("sql", "shape"),
    [
        ("SELECT 1", "SELECT ?"),
        ("SELECT * FROM t WHERE a = 'it''s' AND b = 12.5", "SELECT * FROM t WHERE a = ? AND b = ?"),
        ("SELECT a FROM t1 WHERE id IN (%s, %s, %s)", "SELECT a FROM t1 WHERE id IN (?)"),
        ("SELECT a FROM t1 WHERE id IN (1,2,\n 3)", "SELECT a FROM t1 WHERE id IN (?)"),
        ("SELECT a FROM t WHERE id = %(id)s", "SELECT a FROM t WHERE id = ?"),
        ("SELECT a FROM t WHERE id = $1", "SELECT a FROM t WHERE id = ?"),
        ("SELECT a /* trace=00-4bf9 */ FROM t -- x", "SELECT a FROM t"),
        (
            'SELECT "t"."id", "t"."name" AS "n" FROM "t" WHERE "t"."id" = %s LIMIT 21',
            'SELECT … FROM "t" WHERE "t"."id" = ? LIMIT ?',
        ),
        ('SELECT COUNT(*) AS "__count" FROM "t"', 'SELECT COUNT(*) AS "__count" FROM "t"'),
        (
            'INSERT INTO "t" ("a", "b") VALUES (%s, %s), (%s, %s) RETURNING "t"."id"',
            'INSERT INTO "t" (…) VALUES (?) RETURNING "t"."id"',
        ),
        ('UPDATE "t" SET "a" = %s WHERE "id" = 7', 'UPDATE "t" SET "a" = ? WHERE "id" = ?'),
        ("SET LOCAL app.tenant = ada", "SET LOCAL app.tenant = ?"),
        ("set app.tenant to 'ada', bob", "set app.tenant to ?"),
        ('SAVEPOINT "s1408_x12"', "SAVEPOINT ?"),
        ('RELEASE SAVEPOINT "s1408_x12"', "RELEASE SAVEPOINT ?"),
        ("SELECT $tag$a secret$tag$", "SELECT ?"),
        ("SELECT a FROM t WHERE x = ANY(ARRAY[1, 2])", "SELECT a FROM t WHERE x = ANY(ARRAY[?])"),
        ("SELECT a FROM t2 WHERE c1 > -5", "SELECT a FROM t2 WHERE c1 > ?"),
    ],
)
def test_values_and_lists_are_left_out(sql, shape):
    assert statements.shape(sql) == shape


def test_a_release_that_adds_a_column_runs_the_same_query():
    old = 'SELECT "u"."id", "u"."mail" FROM "u" WHERE "u"."id" = %s'
    new = 'SELECT "u"."id", "u"."mail", "u"."phone" FROM "u" WHERE "u"."id" = %s'

    assert statements.shape(old) == statements.shape(new)


def test_a_literal_that_never_ends_is_left_out_too():
    assert "hunter2" not in statements.shape("SELECT * FROM t WHERE a = 'hunter2")


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_a_list_that_is_cut_off_reads_as_a_short_one(length):
    """Wherever it is cut."""
    sql = f"SELECT a FROM t WHERE b{'c' * length} = %s AND id IN ({', '.join(['%s'] * 5000)})"
    short = f"SELECT a FROM t WHERE b{'c' * length} = %s AND id IN (%s, %s)"

    assert statements.shape(sql[: statements.READ]) == statements.shape(short)


def test_a_statement_that_no_store_takes_is_made_fit():
    assert statements.shape("SELECT a\x00 \ud800 FROM t") == "SELECT a FROM t"


def test_a_statement_of_a_megabyte_is_not_read_to_its_end():
    sql = f"INSERT INTO t (a) VALUES {', '.join(['(%s)'] * 100_000)}"

    assert statements.shape(sql[: statements.READ]).startswith("INSERT INTO t")
    assert len(statements.shape(sql[: statements.READ])) <= statements.LONGEST
