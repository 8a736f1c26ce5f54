import inspect
import logging
import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from zdt_core import drain
from zdt_core.drain import gunicorn, marker, signals, state
from zdt_core.drain.noticeboard import Noticeboard
from zdt_core.fleet import membership


@pytest.fixture(autouse=True)
def own_master(monkeypatch, tmp_path, settings):
    """A process that is no gunicorn master yet."""
    settings.ZDT_DRAIN_FILE = None
    kept = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)
    monkeypatch.setattr(gunicorn, "_board", Noticeboard())
    monkeypatch.setattr(gunicorn, "_file", None)
    monkeypatch.setattr(signals, "handled_by_master", False)
    monkeypatch.setattr(marker.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv(marker.VARIABLE, "")
    monkeypatch.delenv(marker.VARIABLE)
    yield
    os.environ.pop(marker.VARIABLE, None)
    signal.signal(signal.SIGTERM, kept[0])
    signal.signal(signal.SIGALRM, kept[1])


@pytest.fixture
def server():
    return SimpleNamespace(cfg=SimpleNamespace(uid=os.geteuid()))


@pytest.fixture
def joined(monkeypatch):
    calls = []
    monkeypatch.setattr(membership, "join", calls.append)
    monkeypatch.setattr(membership, "leave", lambda: calls.append("left"))
    return calls


def test_the_master_chooses_a_file_for_all_its_workers(server, tmp_path):
    gunicorn.when_ready(server)

    assert state.path().parent == tmp_path / f"zdt-{os.geteuid()}"
    assert signals.handled_by_master
    assert not drain.draining()


def test_two_masters_of_one_release_choose_apart(server):
    gunicorn.when_ready(server)
    one = os.environ.pop(marker.VARIABLE)
    gunicorn.when_ready(server)

    assert one != os.environ[marker.VARIABLE]


def test_a_file_that_the_environment_names_is_kept_and_cleared(server, tmp_path, monkeypatch):
    file = tmp_path / "given.drain"
    file.touch()
    monkeypatch.setenv(marker.VARIABLE, str(file))
    gunicorn.when_ready(server)

    assert state.path() == file
    assert not file.exists(), "a new server does not drain"


def test_sigterm_to_the_master_drains_its_workers_and_waits(server, joined, settings):
    settings.ZDT_DRAIN_WAIT = 25.0
    stopped = []
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(number))
    gunicorn.when_ready(server)
    gunicorn.post_worker_init(SimpleNamespace())

    signal.raise_signal(signal.SIGTERM)
    waiting = signal.setitimer(signal.ITIMER_REAL, 0)[0]

    assert joined == ["web"]
    assert drain.draining()
    assert 20 < waiting <= 25
    assert stopped == []
    assert [notice["reason"] for notice in marker.notices(state.path())] == ["SIGTERM"]


def test_before_any_worker_serves_there_is_nothing_to_wait_for(server):
    stopped = []
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(number))
    gunicorn.when_ready(server)
    signal.raise_signal(signal.SIGTERM)

    assert stopped == [signal.SIGTERM]


def test_a_setting_of_the_site_reaches_the_master(server, joined, settings, tmp_path):
    gunicorn.when_ready(server)
    settings.ZDT_DRAIN_FILE = str(tmp_path / "setting.drain")
    settings.ZDT_DRAIN_WAIT = 7.0
    gunicorn.post_worker_init(SimpleNamespace())

    assert gunicorn._begin_drain() == 7.0
    assert Path(settings.ZDT_DRAIN_FILE).exists()


def test_during_a_drain_no_connection_is_kept():
    worker = SimpleNamespace(log=logging.getLogger("x"))
    request = SimpleNamespace(method="GET", path="/", must_close=False)
    gunicorn.pre_request(worker, request)
    assert not request.must_close

    drain.start("deploy")
    gunicorn.pre_request(worker, request)
    assert request.must_close


def test_every_kind_of_gunicorns_requests_can_be_told_to_close():
    from gunicorn.asgi.parser import CallbackRequest
    from gunicorn.http.message import Request
    from gunicorn.http2.request import HTTP2Request

    for kind in (Request, HTTP2Request, CallbackRequest):
        assert "must_close" in inspect.getsource(kind.should_close), kind


def test_a_worker_signs_off_unless_it_never_loaded_the_site(server, joined):
    gunicorn.worker_exit(server, SimpleNamespace())
    assert joined == []

    gunicorn.post_worker_init(SimpleNamespace())
    gunicorn.worker_exit(server, SimpleNamespace())
    assert joined == ["web", "left"]


def test_nothing_is_left_of_a_server_that_ended(server, tmp_path):
    gunicorn.when_ready(server)
    drain.start("deploy")
    gunicorn.on_exit(server)

    assert list((tmp_path / f"zdt-{os.geteuid()}").iterdir()) == []


def test_the_star_import_brings_hooks_and_nothing_else():
    from gunicorn.config import KNOWN_SETTINGS

    known = {setting.name for setting in KNOWN_SETTINGS}

    assert set(gunicorn.__all__) <= known
