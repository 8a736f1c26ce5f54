import pytest

from tests.deploy.canary.splits import route
from zdt_core.exceptions import Refused
from zdt_deploy.canary.traffic.base import Applied, applies, bring, wanted


class Fake:
    """A proxy that does what it is told, or what a test says."""

    name, step, keeps_time = "the proxy", 1, True

    def __init__(self, does=None):
        self.does = does
        self.asked = []
        self.obeys = True
        self.answers = True

    def set(self, route):
        self.asked.append(route)
        if self.obeys:
            self.does = wanted(route, self.step)

    def read(self):
        if not self.answers:
            raise Refused("proxy_unreachable", proxy=self.name, error="refused")
        return self.does


def test_a_proxy_is_asked_for_a_change_only_where_there_is_one():
    proxy = Fake()
    for percentage in (5, 5, 25):
        bring(proxy, route(percentage, valid_for=180))

    assert [each.percentage for each in proxy.asked] == [5, 25]


def test_whether_somebody_was_sent_elsewhere_is_told():
    proxy = Fake(Applied("1.0", "2.0", 5000, 100))

    assert not bring(proxy, route(5, valid_for=180)), "only the end is another"
    assert bring(proxy, route(25, valid_for=180))
    assert not bring(proxy, route(25, valid_for=180))
    proxy.does = None
    assert bring(proxy, route(25, valid_for=180))


def test_a_proxy_that_takes_a_change_and_does_not_apply_it_is_found():
    proxy = Fake(Applied("1.0", "2.0", 5000, 100))
    proxy.obeys = False
    with pytest.raises(Refused, match=r"asked for 25 % on 2.0, stable 1.0, and applies 5 % on 2.0"):
        bring(proxy, route(25, valid_for=100))

    assert len(proxy.asked) == 1


def test_a_proxy_that_knows_no_split_is_found():
    proxy = Fake()
    proxy.obeys = False
    with pytest.raises(Refused, match="applies nothing"):
        bring(proxy, route(25))


def test_a_proxy_that_does_not_answer_is_asked_all_the_same():
    proxy = Fake()
    proxy.answers = False
    with pytest.raises(Refused, match="the proxy did not answer"):
        bring(proxy, route(0))

    assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    ("percentage", "found", "enough"),
    [
        (5, Applied("1.0", "2.0", 5000), True),
        (5, Applied("1.0", "2.0", 5001), False),
        (5, Applied("1.0", "2.1", 5000), False),
        (5, Applied("1.1", "2.0", 5000), False),
        (0, Applied("1.0", "anything", 0), True),
        (0, Applied("1.1", "2.0", 0), False),
        (100, Applied("", "2.0", 100_000), True),
        (100, Applied("1.0", "2.1", 100_000), False),
        (5, None, False),
    ],
)
def test_a_proxy_applies_a_share_when_everyone_goes_where_it_says(percentage, found, enough):
    assert applies(Fake(), found, route(percentage)) is enough


@pytest.mark.parametrize(
    ("valid_for", "found", "enough"),
    [(180, 179, True), (180, 182, True), (180, 170, False), (180, None, False), (None, 5, False)],
)
def test_one_that_keeps_the_time_has_to_know_the_end(valid_for, found, enough):
    proxy, held = Fake(), Applied("1.0", "2.0", 5000, found)

    assert applies(proxy, held, route(5, valid_for=valid_for)) is enough
    proxy.keeps_time = False
    assert applies(proxy, held, route(5, valid_for=valid_for))


@pytest.mark.parametrize(
    ("percentage", "threshold"),
    [("0", 0), ("0.2", 1000), ("5.4", 5000), ("5.5", 6000), ("99.9", 99_000), ("100", 100_000)],
)
def test_a_coarse_balancer_rounds_but_never_to_none_or_all(percentage, threshold):
    assert wanted(route(percentage), step=1000).threshold == threshold
