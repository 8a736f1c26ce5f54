"""The doctor looks at the site's source before a deployment has to."""

import pytest

from zdt_core.doctor import rounds
from zdt_core.doctor.look import Look
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import Clock, Source
from zdt_deploy.canary.sources.doctor import the_source_answers

HERE = f"{__name__}.Own"
answer = []


class Own(Source):
    def clock(self):
        if answer and isinstance(answer[0], Exception):
            raise answer[0]
        return Clock(1000, 900, 60)

    def samples(self, environment, service, first, last):
        assert (first, last) == (660, 900)
        return answer


def told(settings, *said):
    answer[:] = said
    settings.ZDT_METRIC_SOURCE = {"kind": HERE}
    [found] = the_source_answers(Look(quick=False))
    return found.standing, found.code, found.text


def test_a_source_that_tells_of_releases_is_well(settings):
    said = [Sample(660, 60, release, "a", 1, latency={5: 1}) for release in ("2.0", "1.0")]

    standing, _code, text = told(settings, *said)

    assert (standing, "1.0, 2.0 in the last 300 s" in text) == ("ok", True)


def test_a_source_that_tells_nothing_is_told(settings):
    assert told(settings)[:2] == ("warning", "metric_source_silent")
    assert told(settings, Sample(660, 60, "2.0", "a"))[:2] == ("warning", "metric_source_silent")


def test_numbers_that_cannot_be_true_are_told(settings):
    _standing, code, text = told(settings, Sample(660, 60, "2.0", "a", 1, 2, latency={5: 1}))

    assert code == "metric_source_problem"
    assert "more_errors_than_requests" in text


def test_a_source_that_cannot_be_read_is_wrong(settings):
    assert told(settings, OSError("down"))[:2] == ("wrong", "metric_source_unavailable")
    assert told(settings, 7)[:2] == ("wrong", "metric_source_unavailable")


def test_the_built_in_source_is_left_to_its_own_examination():
    assert list(the_source_answers(Look(quick=False))) == []


@pytest.mark.django_db
def test_the_doctor_asks_it(settings):
    settings.ZDT_METRIC_SOURCE = {"kind": HERE}
    answer[:] = []

    assert "metric_source_silent" in {one.code for one in rounds.findings(quick=False)}
