"""The pages point to what exists, and the README's table to real requirements."""

import re

import pytest

from tests.docs import snippets

_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
_ID = re.compile(r"\b([SDFCTAO]\d+)\b")


@pytest.mark.parametrize("page", snippets.pages(), ids=str)
def test_every_relative_link_leads_somewhere(page):
    targets = _LINK.findall(page.path.read_text())

    assert [t for t in targets if not (page.path.parent / t).exists()] == []


def test_every_id_in_the_readmes_table_is_a_requirement():
    lines = (snippets.ROOT / "README.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("|") and "](docs/" in line]
    claimed = {found for row in rows for found in _ID.findall(row.split("|")[1])}
    known = set(_ID.findall((snippets.ROOT / "docs/requirements.md").read_text()))

    assert claimed
    assert claimed <= known
