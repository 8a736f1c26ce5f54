import pytest

from tests.deploy.canary.splits import route
from zdt_deploy.canary.traffic.base import Applied
from zdt_deploy.canary.traffic.line import HELD, Line

BOTH = {"1.0", "2.0"}
LINE = Line(5000, "1.0", "2.0", 1180)


def test_a_share_ends_by_the_clock_of_the_host():
    assert str(Line.of(route(5, valid_for=180), 1000)) == "5000|1.0|2.0|1180"


@pytest.mark.parametrize(("percentage", "valid_for"), [(75, None), (0, 180)])
def test_what_holds_and_what_sends_nobody_has_no_end(percentage, valid_for):
    assert Line.of(route(percentage, valid_for=valid_for), 1000).until == HELD


@pytest.mark.parametrize("line", [LINE, Line(0, "1.0", ""), Line(100_000, "1.0", "2.0+b1")])
def test_what_was_written_is_read(line):
    assert Line.parse(f"{line}\n") == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "5000|1.0|2.0",
        "5000|1.0|2.0|",
        "-1|1.0|2.0|5",
        "100001|1.0|2.0|5",
        "5|a b||9",
    ],
)
def test_what_is_no_line_is_none(text):
    assert Line.parse(text) is None


def test_a_line_says_the_same_give_or_take_its_end():
    assert LINE.says(Line(5000, "1.0", "2.0", 1182))
    assert not LINE.says(Line(5000, "1.0", "2.0", 1183))
    assert not LINE.says(Line(5000, "1.0", "2.1", 1180))
    assert not LINE.says(None)
    assert LINE.splits_as(Line(5000, "1.0", "2.0", HELD))


@pytest.mark.parametrize(
    ("threshold", "releases"), [(0, {"1.0"}), (5000, {"1.0", "2.0"}), (100_000, {"2.0"})]
)
def test_only_releases_that_serve_somebody_need_servers(threshold, releases):
    assert Line(threshold, "1.0", "2.0").releases == releases


@pytest.mark.parametrize(
    ("now", "pools", "applied"),
    [
        (1000, BOTH, Applied("1.0", "2.0", 5000, 180)),
        (1180, BOTH, Applied("1.0", "2.0", 0, 0)),
        (1000, {"1.0"}, Applied("1.0", "2.0", 0, 180)),
        (1000, {"2.0"}, Applied("", "2.0", 5000, 180)),
    ],
    ids=["valid", "over", "no servers of the canary", "no servers of stable"],
)
def test_a_proxy_makes_of_it_what_it_can(now, pools, applied):
    assert LINE.applied(now, pools) == applied


def test_one_map_of_cookies_does_for_every_end_but_not_for_none():
    assert LINE.maps_as(Line(5000, "1.0", "2.0", 9999))
    assert not LINE.maps_as(Line(5000, "1.0", "2.0", HELD))
    assert not LINE.maps_as(Line(5000, "1.0", "2.1", 1180))
    assert not LINE.maps_as(None)
