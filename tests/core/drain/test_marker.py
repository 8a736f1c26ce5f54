import os
import time

import pytest

from zdt_core.drain import marker

ANNA = ("shell", "anna")


def test_raising_tells_when_the_drain_began(file):
    before = time.monotonic()

    assert marker.raise_(file, actor=ANNA, reason="r")
    assert before <= marker.began(file) <= time.monotonic()


def test_a_drain_begins_once(file):
    marker.raise_(file, actor=ANNA, reason="first")
    began = marker.began(file)

    assert not marker.raise_(file, actor=ANNA, reason="second")
    assert marker.began(file) == began
    assert [notice["reason"] for notice in marker.notices(file)] == ["first"]


def test_lowering_ends_it_once(file):
    marker.raise_(file, actor=ANNA, reason="r")

    assert marker.lower(file, actor=ANNA, reason="mended")
    assert not marker.lower(file, actor=ANNA, reason="mended")
    assert not file.exists()


def test_notices_keep_their_order_and_are_taken_once(file):
    marker.raise_(file, actor=ANNA, reason="r")
    marker.lower(file, actor=ANNA, reason="mended")

    assert list(marker.notices(file)) == [
        {"kind": "drain.started", "actor": ["shell", "anna"], "reason": "r"},
        {"kind": "drain.cancelled", "actor": ["shell", "anna"], "reason": "mended"},
    ]
    assert list(marker.notices(file)) == []


def test_a_notice_put_back_is_taken_again(file):
    marker.raise_(file, actor=ANNA, reason="r")
    (notice,) = marker.notices(file)
    marker.put_back(file, notice)

    assert list(marker.notices(file)) == [notice]


@pytest.mark.parametrize("content", ["", "x", "[]", '{"began": "now"}', "{}", "null"])
def test_a_file_made_by_hand_does_not_tell_when(file, content):
    file.write_text(content)

    assert marker.began(file) is None


def test_clearing_leaves_nothing(file):
    marker.raise_(file, actor=ANNA, reason="r")
    marker.clear(file)
    marker.clear(file)

    assert list(file.parent.iterdir()) == []


def test_the_default_folder_is_made_for_its_owner_only(monkeypatch, tmp_path):
    monkeypatch.setattr(marker.tempfile, "gettempdir", lambda: str(tmp_path))
    path = marker.default_path("abc")
    marker.raise_(path, actor=ANNA, reason="r")

    assert path.parent.name == f"zdt-{os.geteuid()}"
    assert marker.is_trusted(path)

    path.parent.chmod(0o777)
    assert not marker.is_trusted(path)


def test_a_folder_that_is_missing_is_not_trusted(tmp_path):
    assert not marker.is_trusted(tmp_path / "none" / "x.drain")


def test_a_full_disk_does_not_hide_behind_a_drain(monkeypatch, file):
    monkeypatch.setattr(marker, "put_back", lambda *args: (_ for _ in ()).throw(OSError("full")))

    assert marker.raise_(file, actor=ANNA, reason="r"), "the drain matters more than its record"
