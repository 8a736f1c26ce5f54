"""One child per queue, restarted and stopped."""

from types import SimpleNamespace

import pytest

from zdt_core.jobs import stopping, supervisor
from zdt_core.jobs.supervisor import Supervisor


class Process:
    """A child process that ends when it is told to, and notes the signals it got."""

    def __init__(self, returncode=None, obeys=True):
        self.returncode, self.obeys, self.signals = returncode, obeys, []

    def poll(self):
        return self.returncode

    def send_signal(self, number):
        self.signals.append(number.name)
        if self.obeys or number.name == "SIGKILL":
            self.returncode = 0 if number.name == "SIGTERM" else -9


@pytest.fixture
def clock(monkeypatch):
    """A monotonic clock that the test moves by ``clock.now += seconds``, and no sleep."""
    clock = SimpleNamespace(now=1000.0, sleeps=0, monotonic=lambda: clock.now, sleep=None)
    monkeypatch.setattr(supervisor, "time", clock)
    return clock


@pytest.fixture
def started(monkeypatch):
    """The children that were started."""
    children = []

    def popen(command, **options):
        children.append(Process())
        return children[-1]

    monkeypatch.setattr(supervisor.subprocess, "Popen", popen)
    return children


@pytest.fixture
def keeper():
    return Supervisor(["zdt"], lambda queue: ["worker", queue])


def test_every_queue_has_a_child(started, clock):
    keeper = Supervisor(["zdt", "zdt-monitor"], lambda queue: ["worker", queue])

    keeper._keep_alive()
    keeper._keep_alive()

    assert len(started) == 2


def test_a_child_that_lived_long_is_replaced_at_once(keeper, started, clock):
    keeper._keep_alive()
    clock.now += 11
    started[0].returncode = -9

    keeper._keep_alive()

    assert len(started) == 2


def test_a_child_that_keeps_dying_is_replaced_after_growing_pauses(keeper, started, clock):
    pauses = []
    keeper._keep_alive()
    for _ in range(7):
        started[-1].returncode = 1
        keeper._keep_alive()
        died, lives = clock.now, len(started)
        while len(started) == lives:
            clock.now += 0.5
            keeper._keep_alive()
        pauses.append(clock.now - died)

    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_stop_is_forwarded_once_and_waited_for(keeper, started, clock):
    keeper._keep_alive()

    assert keeper._stop() == 0
    assert started[0].signals == ["SIGTERM"]


def test_a_child_that_did_not_end_well_is_told(keeper, started, clock):
    keeper._keep_alive()
    started[0].returncode = 1

    assert keeper._stop() == 1


def test_insisting_is_passed_on_and_then_kills(keeper, started, clock):
    keeper._keep_alive()
    started[0].obeys = False
    stopping.request()
    for _ in range(2):
        stopping._asked_at -= 1.1
        stopping.request()
        keeper._insist()

    assert started[0].signals == ["SIGTERM", "SIGKILL"]
    assert started[0].returncode == -9
