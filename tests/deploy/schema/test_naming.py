"""Whether a text names a column: words that every function has do so in quotes or behind a dot."""

from __future__ import annotations

import pytest
from django.db import connection

from zdt_deploy.schema.catalogue import naming

pytestmark = pytest.mark.django_db
TOUCH = "BEGIN NEW.n := NEW.n + 1; IF true THEN RETURN NEW; END IF; END"
HEAD = "CREATE TRIGGER touch BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION touch()"


@pytest.mark.parametrize("name", ["end", "begin", "row", "new", "return", "if", "each", "order"])
def test_a_function_without_it_does_not_name_a_column_called_like_a_word_of_the_language(name):
    found = naming(connection, [name])

    assert not found.search(f"{HEAD} {TOUCH} SELECT 1 FROM job ORDER BY n")
    assert found.search(f'UPDATE job SET "{name}" = 1')
    assert found.search(f"NEW.{name} := 1")
    assert found.search(f"new . {name.upper()} := 1")


@pytest.mark.parametrize(
    ("name", "text", "is_named"),
    [
        ("email", "SELECT EMAIL FROM t", True),
        ("email", "SELECT user_email, email2 FROM t", False),
        ("email", "NEW.email", True),
        ('we"ird', 'SELECT "we""ird" FROM t', True),
        ("Camel", 'SELECT "Camel" FROM t', True),
        ("key", "ON CONFLICT (key) DO NOTHING", True),
        ("language", "UPDATE book SET LANGUAGE = 'en'", True),
        ("row", "INSERT INTO seat (row) VALUES (1)", True),
        ("after", "DELETE FROM job WHERE after < now()", True),
        ("old", "UPDATE trial SET old = 1", True),
        ("end", "EXECUTE format('UPDATE job SET %I = 1', 'end')", True),
        ("end", "RAISE NOTICE 'the end'; END", False),
    ],
)
def test_other_names_count_wherever_they_stand_alone(name, text, is_named):
    assert bool(naming(connection, ["other", name]).search(text)) is is_named


def test_no_names_are_nowhere():
    assert not naming(connection, []).search("SELECT 1")
