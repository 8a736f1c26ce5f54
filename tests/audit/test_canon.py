import datetime
import json
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from zdt_audit.canon import canonical, plain

UTC = datetime.UTC
facts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_keys_are_sorted_and_nothing_is_wasted():
    assert canonical({"b": 1, "a": {"d": None, "c": [True, "é"]}}) == (
        '{"a":{"c":[true,"é"],"d":null},"b":1}'
    )


@pytest.mark.parametrize(
    ("fact", "written"),
    [
        (0.02, "0.02"),
        (float("nan"), "nan"),
        (Decimal("12.50"), "12.50"),
        (2**53, "9007199254740992"),
        (2**53 - 1, 2**53 - 1),
        (-(2**60), str(-(2**60))),
        (datetime.datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00.000000Z"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (datetime.timedelta(seconds=90), "0:01:30"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ((1, [2]), [1, [2]]),
        ({1: "x"}, {"1": "x"}),
        ("\ud800", "\\ud800"),
        (gettext_lazy("reason"), "reason"),
    ],
    ids=repr,
)
def test_what_json_has_no_single_spelling_for_is_written_as_text(fact, written):
    assert plain(fact) == written
    canonical({"fact": plain(fact)})


def test_a_moment_is_the_same_whatever_its_zone():
    berlin = datetime.timezone(datetime.timedelta(hours=1))

    assert plain(datetime.datetime(2026, 1, 31, 13, tzinfo=berlin)) == "2026-01-31T12:00:00.000000Z"


@pytest.mark.parametrize("nonsense", [object(), {1, 2}, datetime.datetime(2026, 1, 1)])  # noqa: DTZ001
def test_what_is_no_fact_is_refused(nonsense):
    with pytest.raises(TypeError):
        plain(nonsense)


@pytest.mark.parametrize("raw", [0.5, Decimal(1), {1: 2}, [0.5], (1,)])
def test_the_canonical_form_takes_no_float_by_accident(raw):
    with pytest.raises(TypeError):
        canonical({"fact": raw})


@given(st.dictionaries(st.text(), facts, max_size=3))
def test_any_facts_have_one_text_that_reads_back_as_they_are(document):
    made = plain(document)

    text = canonical(made)

    assert json.loads(text.encode("utf-8")) == made
    assert canonical(json.loads(text)) == text
