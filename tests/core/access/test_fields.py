"""Fields of a body: one table for the check and for the document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from zdt_core.access.fields import Field, is_text, read, read_query
from zdt_core.exceptions import Refused

FIELDS = (
    Field("name", "Who.", required=True, longest=5),
    Field("count", "How many.", ("integer",)),
    Field("sure", "Whether.", ("boolean",), default=False),
    Field("how", "In which way.", choices=("fast", "slow")),
    Field("plan", "A name or all of it.", ("string", "object"), longest=5),
)


def test_what_is_left_out_has_its_default():
    assert read(FIELDS, {"name": "a"}) == {
        "name": "a", "count": None, "sure": False, "how": None, "plan": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field_missing", "name"),
        ({"name": None}, "field_missing", "name"),
        ({"name": "a", "cuont": 1}, "field_unknown", "cuont"),
        ({"name": "a", "zzzz": 1}, "field_unheard_of", "zzzz"),
        ({"name": "a", "count": True}, "field_wrong", "count"),
        ({"name": "a", "plan": []}, "field_wrong", "plan"),
    ],
)
def test_what_is_wrong_is_named(body, code, field):
    with pytest.raises(Refused) as found:
        read(FIELDS, body)

    assert (found.value.code, found.value.params["field"]) == (code, field)


_VALUES = (
    st.none() | st.booleans() | st.integers(-3, 2**31 + 3) | st.text(max_size=7) | st.just("fast")
    | st.just({}) | st.just([]) | st.floats(allow_nan=False)
)  # fmt: skip


@given(field=st.sampled_from(FIELDS), value=_VALUES)
def test_the_schema_takes_what_the_check_takes(field, value):
    """But for letters that PostgreSQL cannot hold, and 1.0, which JSON Schema calls an integer."""
    body = {"name": "a"} | {field.name: value}
    try:
        read(FIELDS, body)
        taken = True
    except Refused:
        taken = False
    odd = isinstance(value, float) or (isinstance(value, str) and not is_text(value))
    if value is not None and not odd:
        assert taken == Draft202012Validator(field.schema).is_valid(value)


def test_numbers_of_a_query_are_read_and_other_texts_stay():
    said = read_query(FIELDS, {"name": "12", "count": "12"})

    assert (said["name"], said["count"]) == ("12", 12)


@pytest.mark.parametrize("text", ["\0", "\ud800", "\x1b[31m", "\x7f", "\x85"])
def test_letters_that_no_table_or_terminal_holds_are_no_text(text):
    assert not is_text(text)


def test_other_letters_are_text():
    assert is_text("Größe → ✓\n\t😀")
