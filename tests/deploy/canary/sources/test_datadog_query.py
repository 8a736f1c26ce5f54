import pytest

from zdt_deploy.canary.sources.datadog_query import Query, kept, releases_by_tag

GROUPS = ("version", "host")


def read(text):
    return Query.read("errors", text, GROUPS)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("{*}", set()),
        ("{env:prod}", {"env"}),
        ("{env:$environment,service:$service,!canary:yes}", {"env", "service", "canary"}),
        ("{env:prod AND (zone:a OR zone:b) AND NOT team:x}", {"env", "zone", "team"}),
        ("{status IN (500,503) AND env:prod}", {"status", "env"}),
    ],
)
def test_a_query_is_read_for_its_metric_and_tags(text, tags):
    found = read(f"sum:shop.errors{text} by {{host, version}}.as_count()")

    assert (found.metric, found.tags) == ("shop.errors", tags)


def test_releases_are_known_by_their_tags():
    assert kept("2.0-RC+1") == "2.0-rc_1"
    assert releases_by_tag(["2.0", "2.1-RC"]) == {"2.0": "2.0", "2.1-rc": "2.1-RC"}


def test_releases_that_no_tag_tells_apart_are_not_known():
    assert releases_by_tag(["2.0-RC", "2.0-rc", "3.0"]) == {"3.0": "3.0"}
