import os

import pytest

from zdt_core import drain, identity
from zdt_core.drain import marker, state
from zdt_core.drain.phases import Phase


def test_without_a_file_everything_is_served():
    assert drain.current() is Phase.SERVING
    assert not drain.draining()
    assert state.seconds() is None


@pytest.mark.parametrize(
    ("seconds", "expected"), [(1, Phase.DRAINING), (26, Phase.REFUSING), (56, Phase.OVERDUE)]
)
def test_the_phase_follows_the_time_since_the_drain_began(drained_for, seconds, expected):
    drained_for(seconds)

    assert drain.current() is expected


def test_the_settings_say_how_long_each_phase_takes(drained_for, settings):
    settings.ZDT_DRAIN_WAIT, settings.ZDT_DRAIN_FINISH = 1, 1
    drained_for(2.5)

    assert drain.current() is Phase.OVERDUE


@pytest.mark.parametrize("began", ["", '{"began": 1e18}', '{"began": -1e9}'])
def test_a_beginning_that_cannot_be_counts_from_the_first_look(file, began):
    file.write_text(began)

    assert drain.current() is Phase.DRAINING
    assert state.seconds() < 10


def test_starting_and_cancelling():
    assert drain.start("deploy")
    assert not drain.start("again")
    assert drain.draining()
    assert drain.cancel()
    assert not drain.cancel()
    assert not drain.draining()


def test_a_second_drain_begins_anew(file, drained_for):
    drained_for(60)
    assert drain.current() is Phase.OVERDUE
    file.unlink()
    drain.current()
    file.touch()

    assert drain.current() is Phase.DRAINING


def test_an_answer_holds_for_a_moment(monkeypatch, file):
    monkeypatch.setattr(state, "LOOK_EVERY", 60.0)
    drain.current()
    file.touch()

    assert not drain.draining()
    assert state.look() is Phase.DRAINING


def test_the_file_comes_from_setting_environment_or_process(settings, monkeypatch):
    monkeypatch.setenv(marker.VARIABLE, "/run/env.drain")
    settings.ZDT_DRAIN_FILE = "/run/setting.drain"
    assert str(state.path()) == "/run/setting.drain"

    settings.ZDT_DRAIN_FILE = None
    assert str(state.path()) == "/run/env.drain"

    monkeypatch.delenv(marker.VARIABLE)
    assert state.path() == marker.default_path(identity.instance())


def test_a_file_in_a_folder_that_anybody_may_write_is_not_believed(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(marker.tempfile, "gettempdir", lambda: str(tmp_path))
    settings.ZDT_DRAIN_FILE = None
    drain.start("own")
    assert drain.draining()

    state.path().parent.chmod(0o777)
    assert not drain.draining()


def test_what_a_process_made_for_itself_goes_with_it(settings, monkeypatch, tmp_path):
    monkeypatch.setattr(marker.tempfile, "gettempdir", lambda: str(tmp_path))
    settings.ZDT_DRAIN_FILE = None
    drain.start("own")
    state.clean_up()

    assert not drain.draining()


def test_a_shared_file_stays(file):
    drain.start("server")
    state.clean_up()

    assert file.exists()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_looks_for_itself(file, monkeypatch):
    monkeypatch.setattr(state, "LOOK_EVERY", 60.0)
    drain.current()
    file.touch()

    child = os.fork()
    if child == 0:
        os._exit(0 if drain.draining() else 1)

    assert os.waitpid(child, 0)[1] == 0
