import time

import pytest

from tests.deploy.comparison.seen import WORDS, compare, slot
from zdt_core.observing import source
from zdt_deploy.comparison import copying


class Region:
    """A region's Redis, made up: its slots, and a clock that goes with the database's."""

    def __init__(self, settings, monkeypatch):
        self.settings, self.slots, self.words, self.newest = settings, {}, dict(WORDS), None
        monkeypatch.setattr(source, "clock", self.clock)
        monkeypatch.setattr(source, "read", self.read)
        monkeypatch.setattr(source, "words", self.told)

    def clock(self):
        now = time.time()
        return now, self.newest or int(now // 60 - 1) * 60

    def read(self, environment, region, service, start):
        assert (environment, service) == ("test", "shop")
        return list(self.slots.get((region, start), ()))

    def told(self, environment, region, service, release, ids):
        return {id: self.words[id] for id in ids if id in self.words}

    def serve(self, since, until, *releases, region="default", **more):
        """Each release serves in every slot from ``since`` to ``until``, in Unix time."""
        for start in range(int(since // 60 + 1) * 60, int(until // 60) * 60, 60):
            for release in releases:
                self.slots.setdefault((region, start), []).append(slot(start, release, **more))

    def copy(self, deployment, region="default"):
        self.settings.ZDT_REGION = region
        copying.copy(deployment, time.monotonic() + 60)


@pytest.fixture
def redis(settings, monkeypatch):
    return Region(settings, monkeypatch)


@pytest.fixture
def compared():
    """A function that makes both comparisons of a deployment."""
    return compare
