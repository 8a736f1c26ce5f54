"""The pictures: each is shown somewhere, is there, is small, and can be made anew."""

import re

import pytest

from tests.browser.pictures import FOLDER, MOST_BYTES, PICTURES

ROOT = FOLDER.parents[1]
PAGES = (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
SHOWN = {name for page in PAGES for name in re.findall(r"images/([\w-]+\.png)", page.read_text())}


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_a_picture_that_is_shown_can_be_made(name):
    """If this fails: add it to tests/browser/pictures.py, then python3 dev.py screenshots."""
    assert name.removesuffix(".png") in PICTURES


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_picture_is_there_and_small(name):
    """If this fails: python3 dev.py screenshots."""
    assert 0 < (FOLDER / f"{name}.png").stat().st_size <= MOST_BYTES


def test_no_picture_lies_about_unused():
    there = {path.name for path in FOLDER.iterdir()}

    assert there == SHOWN
