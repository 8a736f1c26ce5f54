"""The pages point to what exists, and the README's table to real requirements."""

import re

import pytest

from tests.docs import snippets

_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
_ANCHOR = re.compile(r"\]\((?!https?://)([^)#\s]*)#([^)\s]+)\)")
_ID = re.compile(r"\b([SDFCTAO]\d+)\b")


@pytest.mark.parametrize("page", snippets.pages(), ids=str)
def test_every_relative_link_leads_somewhere(page):
    targets = _LINK.findall(page.path.read_text())

    assert [t for t in targets if not (page.path.parent / t).exists()] == []


@pytest.mark.parametrize("page", snippets.pages(), ids=str)
def test_every_link_into_a_page_leads_to_a_heading(page):
    lost = [
        f"{target}#{anchor}"
        for target, anchor in _ANCHOR.findall(page.path.read_text())
        if anchor not in anchors(page.path.parent / target if target else page.path)
    ]

    assert lost == []


def anchors(path):
    """What the headings of a page are called in links, on the site and on forges."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S)
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_id_in_the_readmes_table_is_a_requirement():
    lines = (snippets.ROOT / "README.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("|") and "](docs/" in line]
    claimed = {found for row in rows for found in _ID.findall(row.split("|")[1])}
    known = set(_ID.findall((snippets.ROOT / "docs/requirements.md").read_text()))

    assert claimed
    assert claimed <= known
