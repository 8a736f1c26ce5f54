import os

import pytest

from zdt_core.drain.noticeboard import Noticeboard


def test_it_is_empty_at_first():
    assert Noticeboard().read() == {}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_master_reads_what_its_worker_wrote():
    board = Noticeboard()
    child = os.fork()
    if child == 0:
        board.write({"wait": 25.0, "file": "/run/x.drain"})
        os._exit(0)
    os.waitpid(child, 0)

    assert board.read() == {"wait": 25.0, "file": "/run/x.drain"}


def test_a_shorter_text_replaces_a_longer_one():
    board = Noticeboard()
    board.write({"file": "x" * 1000})
    board.write({"file": "y"})

    assert board.read() == {"file": "y"}


def test_a_torn_text_reads_as_nothing():
    board = Noticeboard()
    board.write({"file": "x"})
    board._page[3:5] = b'"{'

    assert board.read() == {}


def test_what_does_not_fit_is_an_error():
    with pytest.raises(ValueError, match="more than a page"):
        Noticeboard().write({"file": "x" * 5000})
