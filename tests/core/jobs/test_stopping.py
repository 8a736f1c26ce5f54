"""Asked once, asked again."""

import os
import signal

import pytest

from zdt_core.jobs import stopping


@pytest.fixture
def handlers():
    """The signal handlers of this process, put back afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def kill(number=signal.SIGTERM):
    os.kill(os.getpid(), number)


def a_second_passes():
    stopping._asked_at -= 1.1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_request_that_work_may_look_at(handlers, number):
    stopping.install()

    kill(number)

    assert stopping.requested()
    assert stopping.insisted() == 0


def test_a_signal_ends_a_wait_at_once(handlers):
    stopping.install()

    with pytest.raises(stopping.StopRequested), stopping.waiting():
        kill()


def test_who_was_asked_before_does_not_wait(handlers):
    stopping.request()

    with pytest.raises(stopping.StopRequested), stopping.waiting():
        pytest.fail("waited")


def test_the_same_signal_twice_at_once_is_one_request(handlers):
    stopping.install()

    kill()
    kill()

    assert stopping.insisted() == 0


def test_a_later_signal_insists(handlers):
    stopping.install()
    kill()
    a_second_passes()

    with pytest.raises(SystemExit):
        kill()


def test_who_supervises_decides_what_insisting_means(handlers):
    insisted = []
    stopping.install(on_insisting=lambda: insisted.append(stopping.insisted()))
    kill()
    a_second_passes()

    kill()
    kill()

    assert insisted == [1, 2]
