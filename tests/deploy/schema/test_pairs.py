import pytest

from zdt_core.exceptions import Refused
from zdt_deploy.schema import conversions
from zdt_deploy.schema.pairs import Column, Pair, renaming

OLD, NEW = Column("a", "integer", True), Column("b", "bigint", True)


def pair(up=None, down=None, overflow="raise", old=OLD, new=NEW):
    up = {"b": "{a}"} if up is None else up
    down = {"a": "{b}"} if down is None else down
    return Pair("t", (old,), (new,), up, down, overflow)


def test_a_pair_comes_back_from_json_as_it_was():
    made = pair(overflow="clamp")

    assert Pair.from_json(made.to_json()) == made


def test_names_are_the_same_for_the_same_columns_and_others_for_others():
    assert pair().trigger == pair(overflow="null").trigger
    assert pair().trigger != renaming("t", OLD, "c").trigger
    assert len(pair().trigger) < 60


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"up": {}}, "pair_conversion_missing"),
        ({"down": {"a": " "}}, "pair_conversion_missing"),
        ({"up": {"b": "{a}", "c": "1"}}, "pair_column_unknown"),
        ({"up": {"b": "{x}"}}, "pair_field_unknown"),
        ({"up": {"b": "{b}"}}, "pair_field_unknown"),
        ({"overflow": "ignore"}, "pair_overflow_unknown"),
        ({"overflow": "null", "old": Column("a", "integer", False)}, "pair_not_null"),
        ({"overflow": "clamp", "old": Column("a", "boolean", True)}, "pair_no_limit"),
        ({"new": Column("a", "bigint", True), "up": {"a": "{a}"}}, "pair_columns"),
    ],
)
def test_a_pair_that_makes_no_sense_is_refused_with_what_to_do(options, code):
    with pytest.raises(Refused) as caught:
        pair(**options)

    assert caught.value.code == code
    assert str(caught.value) != code


@pytest.mark.parametrize(
    ("up", "sql"),
    [
        ("{a}", '"a"'),
        ("lower({a}) || {a}", 'lower("a") || "a"'),
        ("'{{}}'::jsonb", "'{}'::jsonb"),
        ("'{}'", "'{}'"),
        ("'{1,2}'", "'{1,2}'"),
        ("coalesce({a}, '%s')", "coalesce(\"a\", '%s')"),
    ],
)
def test_fields_stand_for_columns_and_other_braces_stay(up, sql):
    assert pair(up={"b": up}).assignments() == {"b": sql}


def test_only_a_plain_cast_that_can_not_fail_is_taken_for_one():
    assert pair().total
    assert not pair(up={"b": "{a} + 1"}).total
    assert not pair(old=NEW, new=OLD, up={"a": "{b}"}, down={"b": "{a}"}).total


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("integer", "bigint", True),
        ("bigint", "integer", False),
        ("integer", "numeric(10,0)", True),
        ("integer", "numeric(10,2)", False),
        ("bigint", "numeric", True),
        ("numeric(10,2)", "numeric(12,2)", True),
        ("numeric(10,2)", "numeric(12,4)", True),
        ("numeric(10,2)", "numeric(10,4)", False),
        ("numeric", "numeric(10,2)", False),
        ("character varying(10)", "character varying(20)", True),
        ("varchar(20)", "varchar(10)", False),
        ("character varying(10)", "text", True),
        ("text", "character varying(10)", False),
        ("text", "integer", False),
        ("integer", "text", False),
        ("date", "timestamp without time zone", True),
        ("timestamp without time zone", "timestamp with time zone", False),
        ("integer[]", "integer[]", True),
        ("integer[]", "bigint[]", False),
        ("scene.mood", "scene.mood", True),
        ("real", "double precision", True),
    ],
)
def test_casts_that_lose_nothing(old, new, expected):
    assert conversions.loses_nothing(old, new) is expected


@pytest.mark.parametrize("name", ["citext", "public.citext", "character varying(5)", "text"])
def test_text_is_compared_byte_by_byte(name):
    assert conversions.comparable("x", name) == '(x)::pg_catalog.text COLLATE pg_catalog."C"'


LIMITS = [
    ("smallint", "integer", "32767", "32768", "32767"),
    ("integer", "bigint", "-2147483648", "-2147483649", "-2147483648"),
    ("integer", "numeric", "7", "7.5", "8"),
    ("character varying(3)", "text", "'abc'", "'abcd'", "abc"),
    ("numeric(4,2)", "numeric", "99.99", "100", "99.99"),
    ("numeric(4,2)", "numeric", "1.5", "1.555", "1.56"),
    ("numeric(2,2)", "numeric", "0.99", "1", "0.99"),
    ("date", "timestamp without time zone", "timestamp '2026-01-02'",
     "timestamp '2026-01-02 03:04'", "2026-01-02"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "source", "fits", "not_", "nearest"), LIMITS)
def test_the_limit_of_a_type(run, type_, source, fits, not_, nearest):
    there, beyond = (conversions.limit(sql, type_, source) for sql in (fits, not_))

    assert run(f"SELECT {there.fits}, {beyond.fits}") == [(True, False)]
    assert run(f"SELECT ({beyond.nearest})::{type_}::text") == [(nearest,)]


@pytest.mark.parametrize(("type_", "source"), [("integer", "text"), ("text", ""), ("date", "text")])
def test_some_types_have_no_limit_that_zdt_knows(type_, source):
    assert conversions.limit("x", type_, source) is None
