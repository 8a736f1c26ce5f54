"""Whatever an answer holds, its points are numbers of windows, or it is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdt_deploy.canary.sources.asking import UNREADABLE
from zdt_deploy.canary.sources.datadog_answers import points_v1, points_v2

NAMES = (
    "data", "attributes", "series", "times", "values", "query_index", "group_tags", "tag_set",
    "interval", "pointlist", "status", "error", "errors",
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["a:b", "ok"])
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=15,
)
SERIES = st.fixed_dictionaries(
    {
        "query_index": SCALARS | st.just(0), "interval": st.just(60) | SCALARS,
        "tag_set": st.just(["a:b"]) | ANYTHING, "group_tags": st.just(["a:b"]) | ANYTHING,
        "pointlist": st.lists(st.tuples(st.just(60_000) | SCALARS, SCALARS), max_size=3) | ANYTHING,
    }
)  # fmt: skip
LISTS = st.lists(st.just(60_000) | SCALARS, max_size=3)
V1 = st.fixed_dictionaries({"series": st.lists(SERIES, max_size=2)}) | ANYTHING
V2 = (
    st.fixed_dictionaries(
        {
            "series": st.lists(SERIES, max_size=2),
            "times": LISTS,
            "values": st.lists(LISTS, max_size=2),
        }
    ).map(lambda found: {"data": {"attributes": found}})
    | ANYTHING
)


@pytest.mark.parametrize(("points", "answers"), [(points_v1, V1), (points_v2, V2)])
def test_an_answer_is_read_or_it_is_none(points, answers):
    @settings(max_examples=60, database=None, deadline=None)
    @given(answers)
    def holds(answer):
        try:
            found = list(points(answer, 60))
        except UNREADABLE:
            return
        for number, tags, values in found:
            assert type(number) is int
            assert all(type(text) is str for pair in tags.items() for text in pair)
            assert all(type(window) is int and window % 60 == 0 for window in values)
            assert all(type(value) is float for value in values.values())

    holds()
