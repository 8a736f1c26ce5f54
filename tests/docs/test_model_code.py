"""The code of the sample shop that pages show is the code that its releases ship."""

import re

import pytest

from tests.docs import snippets
from tests.docs.snippets import ROOT

SHOWN = re.compile(r"it is in (demo/\S+)")
QUOTES = [
    pytest.param(snippet.code, found.group(1), id=f"{page}:{snippet.line}")
    for page in snippets.pages()
    for snippet in page.snippets
    if (found := SHOWN.fullmatch(snippet.not_run))
]


@pytest.mark.parametrize(("code", "path"), QUOTES)
def test_what_a_page_shows_of_the_shop_is_in_the_file(code, path):
    """Line by line in this order; ... stands for lines that are left out."""
    text = (ROOT / path).read_text()
    at = 0
    for part in re.split(r"^ *\.\.\.\n", code, flags=re.M):
        found = text.find(part, at)
        assert found >= 0, f"{path} does not hold\n{part}"
        at = found + len(part)


def test_each_of_the_three_deployments_is_shown():
    shown = {path.split("/")[2] for _, path in (quote.values for quote in QUOTES)}
    assert {"expand", "switch", "contract"} <= shown
