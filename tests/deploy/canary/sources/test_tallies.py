import pytest

from zdt_deploy.canary.sources.tallies import Series, Tallies

ENDS = (0, 60, 120)


def series(values, **labels):
    return Series(
        {"release": "2.0", "instance": "a", **labels}, dict(zip(ENDS, values, strict=False))
    )


def up(*values, instance="a"):
    return Series({"instance": instance}, dict(zip(ENDS, values, strict=True)))


def latency(*values, **labels):
    """All within 0.1 s."""
    return [series(values, le="0.1", **labels), series(values, le="+Inf", **labels)]


def tallies(*ups):
    return Tallies("release", "instance", ENDS, ups or [up(1, 1, 1)])


def test_series_of_an_instance_are_added_up_by_window():
    found = tallies()
    found.add_latency([*latency(0, 10, 30, method="GET"), *latency(0, 1, 1, method="POST")])
    found.add_errors([series((0, 1, 1), status="500"), series((0, 0, 2), status="503")])
    found.add_counter("paid", [series((0, 4, 8))])

    first, second = found.samples(60)

    assert (first.window, first.requests, first.errors, first.counters) == (0, 11, 1, {"paid": 4})
    assert (second.window, second.requests, second.errors) == (60, 20, 2)
    assert sum(second.latency.values()) == 20
    assert not first.problem


def test_a_release_that_never_failed_has_no_errors():
    found = tallies()
    found.add_latency(latency(0, 10, 30))
    found.add_errors([])

    assert [each.errors for each in found.samples(60)] == [0, 0]


def test_an_instance_without_requests_reports_zero():
    found = tallies()
    found.add_latency(latency(5, 5, 5))

    assert [(each.requests, each.problem) for each in found.samples(60)] == [(0, ""), (0, "")]


def test_instances_that_could_not_be_scraped_are_a_problem_beside_others():
    found = tallies(up(1, 1, 1), up(1, 1, 0, instance="b"))
    found.add_latency([*latency(0, 10, 30), *latency(0, 10, instance="b")])

    problems = {(each.window, each.instance): each.problem for each in found.samples(60)}

    assert problems == {(0, "a"): "", (0, "b"): "", (60, "a"): "", (60, "b"): "instance_unseen"}


def test_a_release_of_which_nobody_could_be_scraped_is_not_there():
    """So that its silence is told from trouble with the scraper."""
    found = tallies(up(1, 1, 0))
    found.add_latency(latency(0, 10))

    assert [each.window for each in found.samples(60)] == [0]


def test_more_errors_than_requests_cannot_be_true():
    found = tallies()
    found.add_latency(latency(0, 10))
    found.add_errors([series((0, 11))])

    assert [each.problem for each in found.samples(60)] == ["more_errors_than_requests"]


def test_a_histogram_without_all_its_buckets_cannot_be_true():
    found = tallies()
    found.add_latency([series((0, 10), le="0.1")])

    assert [each.problem for each in found.samples(60)] == ["latency_incomplete"]


def test_series_without_the_labels_that_were_named_are_refused():
    with pytest.raises(KeyError):
        tallies().add_errors([Series({"instance": "a"}, {0: 1, 60: 2})])
