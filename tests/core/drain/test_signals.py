import os
import signal

import pytest

from tests.core.pulse.waiting import until
from zdt_core.drain import signals


@pytest.fixture(autouse=True)
def handlers_kept():
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)}
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def stopped():
    """Filled by the server's own handler of SIGTERM."""
    heard = []
    signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    return heard


def test_the_first_sigterm_drains_and_is_handed_on_later(stopped):
    later = []
    signals.delay_sigterm(lambda: 25.0, lambda seconds, work: later.append((seconds, work)))
    signal.raise_signal(signal.SIGTERM)

    ((seconds, work),) = later
    assert (seconds, stopped) == (25.0, [])

    work()
    assert stopped == [signal.SIGTERM]


def test_a_second_sigterm_is_handed_on_at_once(stopped):
    signals.delay_sigterm(lambda: 25.0, lambda seconds, work: None)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)

    assert stopped == [signal.SIGTERM]


def test_without_a_wait_sigterm_is_handed_on_at_once(stopped):
    signals.delay_sigterm(lambda: 0.0, lambda seconds, work: None)
    signal.raise_signal(signal.SIGTERM)

    assert stopped == [signal.SIGTERM]


def test_a_drain_that_cannot_be_told_does_not_keep_the_server_from_stopping(stopped, capfd):
    def full():
        raise OSError("No space left on device")

    signals.delay_sigterm(full, lambda seconds, work: None)
    signal.raise_signal(signal.SIGTERM)

    assert stopped == [signal.SIGTERM]
    assert "No space left" in capfd.readouterr().err


def test_the_alarm_hands_on_in_the_main_thread(stopped):
    signals.delay_sigterm(lambda: 0.01, signals.by_alarm)
    signal.raise_signal(signal.SIGTERM)
    until(lambda: stopped)

    assert stopped == [signal.SIGTERM]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_never_drains_its_siblings(stopped):
    drained = []
    signals.delay_sigterm(lambda: drained.append(1) or 25.0, lambda seconds, work: None)

    child = os.fork()
    if child == 0:
        signal.raise_signal(signal.SIGTERM)
        os._exit(0 if stopped == [signal.SIGTERM] and not drained else 1)

    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_server_without_a_handler_ends_as_sigterm_ends_a_process():
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signals.delay_sigterm(lambda: 0.0, lambda seconds, work: None)
        signal.raise_signal(signal.SIGTERM)
        os._exit(0)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
