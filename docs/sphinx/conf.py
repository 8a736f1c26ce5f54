"""How Sphinx builds the site: `make docs`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from docs.sphinx import pages, reference  # noqa: E402

reference.load_django()

project = "zdt"
author = copyright = "The zdt developers"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "index"
exclude_patterns = ["sphinx", "recipes/*/*", "observability"]
suppress_warnings = ["myst.strikethrough"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # docstrings name what is not on these pages
autodoc_typehints = "none"
autodoc_member_order = "bysource"
highlight_language = "text"

html_theme = "furo"
html_title = "zdt"
html_static_path = ["static"]
html_css_files = ["zdt.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}


def setup(app: object) -> None:
    app.connect("source-read", pages.expand)  # type: ignore[attr-defined]
