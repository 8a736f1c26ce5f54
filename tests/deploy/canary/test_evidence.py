"""What the judge gets to see: the right windows, added up, and no more than it needs."""

from dataclasses import replace
from decimal import Decimal

import pytest

from zdt_core.metering.samples import Sample
from zdt_deploy.canary import evidence, ingest
from zdt_deploy.canary.evidence import Question
from zdt_deploy.canary.limits import Limits
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.canary.samples import Baseline

pytestmark = pytest.mark.django_db
ASKED = Question(
    environment="test", service="shop", canary="2.0", stable="1.0", share=Decimal(10),
    before=1000, step_began=5000, since=5000, until=6000, seconds=10,
)  # fmt: skip
LIMITS = Limits(minimum_sample=100, minimum_stable=100)


def store(window, release="2.0", requests=10, instance="a", **facts):
    usual = {"requests": requests, "errors": 1, "latency": {3: requests}, "counters": {"sold": 2}}
    sample = Sample(window, 10, release, instance, **{**usual, **facts})
    ingest.store(facts.pop("environment", "test"), "shop", 10, [sample])


def starts(windows):
    return sorted(window.start for window in windows)


def test_the_instances_of_a_release_are_added_up():
    store(5990, instance="a")
    store(5990, instance="b", latency={3: 4, 7: 6}, misrouted=1)
    [window] = evidence.gather(ASKED, LIMITS).canary
    assert (window.requests, window.errors, window.misrouted) == (20, 2, 1)
    assert (window.latency, window.counters) == ({3: 14, 7: 6}, {"sold": 4})


def test_one_impossible_instance_spoils_its_window():
    store(5990, instance="a")
    store(5990, instance="b", problem="count_negative")
    [window] = evidence.gather(ASKED, LIMITS).canary
    assert window.flaw == "count_negative"


def test_other_releases_services_and_environments_are_left_out():
    store(5990, release="0.9")
    store(5980)
    MetricWindow.objects.filter(window=5980).update(service="billing")
    store(5970)
    MetricWindow.objects.filter(window=5970).update(environment="production")
    found = evidence.gather(ASKED, LIMITS)
    assert (found.canary, found.stable) == ((), ())


def test_only_closed_windows_of_this_step_after_its_warm_up_count():
    for start in (4990, 5000, 5010, 5020, 5990, 6000):
        store(start)
    asked = replace(ASKED, since=5005)
    assert starts(evidence.gather(asked, LIMITS).canary) == [5010, 5020, 5990]


def test_the_newest_windows_are_read_and_no_more_than_are_needed(django_assert_num_queries):
    for start in range(5000, 6000, 10):
        store(start)
        store(start, release="1.0", requests=90)
    with django_assert_num_queries(2):
        found = evidence.gather(ASKED, LIMITS)
    assert starts(found.canary) == list(range(6000 - 10 * evidence.PAGE, 6000, 10))


def test_a_slow_release_is_read_as_far_back_as_its_sample_needs():
    for start in range(5000, 6000, 10):
        store(start, requests=1, errors=0)
        store(start, release="1.0", requests=90)
    assert len(evidence.gather(ASKED, LIMITS).canary) == 100


def test_three_samples_are_read_where_the_limits_have_three_spans(monkeypatch):
    """Though the older ones hold so much that less would do."""
    monkeypatch.setattr(evidence, "PAGE", 4)
    for start in range(5000, 6000, 10):
        for release in ("1.0", "2.0"):
            store(start, release=release, requests=10 if start >= 5900 else 500)
    limits = replace(LIMITS, spans=3, interval_seconds=10, silence_seconds=10)
    assert starts(evidence.gather(ASKED, limits).canary)[0] in range(5660, 5701)


def test_at_full_share_the_last_windows_before_it_are_the_baseline():
    for start in range(4000, 5200, 10):
        store(start, release="1.0", requests=90)
    store(5990)
    found = evidence.gather(replace(ASKED, share=Decimal(100)), LIMITS)
    assert found.baseline is Baseline.BEFORE
    assert max(starts(found.stable)) == 4990, "the last one that ended before the step began"
    assert min(starts(found.stable)) >= 1000
    assert starts(found.canary) == [5990]


def test_the_baseline_is_not_looked_for_in_last_weeks_windows():
    store(900, release="1.0")
    found = evidence.gather(replace(ASKED, share=Decimal(100)), LIMITS)
    assert found.stable == ()
