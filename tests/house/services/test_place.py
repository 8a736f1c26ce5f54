import os
import shutil
import tempfile

import pytest

from demo.services import ServicesError
from demo.services.account import ourselves
from demo.services.place import Place, sweep


@pytest.fixture
def parent(monkeypatch):
    """An empty folder for temporary files, with a path as short as /tmp's."""
    folder = tempfile.mkdtemp(dir="/tmp")
    monkeypatch.setattr(tempfile, "tempdir", folder)
    yield folder
    shutil.rmtree(folder)


def test_a_place_is_private_and_goes_away(parent):
    place = Place(ourselves())
    inside = place.folder("valkey")

    assert oct(inside.stat().st_mode)[-3:] == "700"
    assert oct(place.path.stat().st_mode)[-3:] == "711"
    place.remove()
    assert os.listdir(parent) == []


def test_a_place_in_use_is_not_swept(parent):
    place = Place(ourselves())
    other = Place(ourselves())

    assert place.path.exists()
    assert place.path != other.path
    place.remove()
    other.remove()


def test_what_a_dead_keeper_left_is_swept(parent):
    left = Place(ourselves())
    os.close(left._lock)  # as the kernel does when the keeper dies
    next_one = Place(ourselves())

    assert not left.path.exists()
    next_one.remove()


def test_a_folder_of_somebody_else_is_not_ours_to_sweep(parent, tmp_path):
    stranger = tmp_path / f"zdt-{os.geteuid()}-stranger"
    stranger.mkdir()  # no lock in it: it may be a keeper's that was just born

    sweep(tmp_path)
    assert stranger.exists()


def test_a_temporary_folder_with_too_long_a_path_is_passed_over(monkeypatch, tmp_path):
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    place = Place(ourselves())

    assert place.path.parent != long
    assert len(os.fsencode(place.path / "pg18" / ".s.PGSQL.5432")) <= 107
    place.remove()


def test_no_folder_short_enough_says_what_to_set(monkeypatch, tmp_path):
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.setattr(os, "access", lambda *_args: False)

    with pytest.raises(ServicesError, match="Set TMPDIR"):
        Place(ourselves())
