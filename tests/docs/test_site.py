"""How the pages become a site."""

from __future__ import annotations

import re

import pytest

from docs.sphinx import pages
from tests.docs.snippets import ROOT


def test_contents_are_a_hidden_list_of_pages():
    assert "/concepts\n" in pages.expanded("<!-- pages: concepts, glossary -->", "index")
    assert ":hidden:" in pages.expanded("<!-- pages: concepts -->", "index")


def test_a_star_finds_every_page_of_a_folder_but_its_own_start():
    found = pages.expanded("<!-- pages: * -->", "how-to/README").splitlines()

    assert "/how-to/canary" in found
    assert "/how-to/README" not in found


def test_a_shown_file_is_fenced():
    shown = pages.expanded("<!-- show: procfile/Procfile yaml -->", "recipes/README")

    assert shown.startswith("````yaml\nweb: gunicorn")


def test_a_picture_comes_once_it_is_taken():
    assert pages.expanded("<!-- picture: images/nowhere.png Something -->", "index") == ""


def test_links_of_the_readme_lead_to_pages_of_the_site():
    text = pages.expanded("<!-- page: ../README.md -->", "readme")

    assert "](how-to/canary.md)" in text
    assert not re.search(r"\]\(docs/", text)


def test_links_to_the_readme_lead_to_its_page():
    assert pages.expanded("[a](../../README.md#see-it)", "how-to/x") == "[a](/readme.md#see-it)"


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_page_is_reached_from_the_start(page):
    reached, waiting = set(), ["index"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            text = (pages.DOCS / f"{name}.md").read_text()
            for part in re.findall(r"<!-- pages: .+? -->", text):
                listed = pages.expanded(part, name).splitlines()
                waiting += [line[1:] for line in listed if line.startswith("/")]

    assert str(page.relative_to(pages.DOCS).with_suffix("")) in reached
