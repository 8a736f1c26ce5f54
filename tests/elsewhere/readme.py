"""What README.md tells a reader to do, read from README.md itself."""

from __future__ import annotations

import re

from tests.docs import snippets
from tests.docs.terminal import commands

APPS = ("zdt_flags", "zdt_deploy", "zdt_audit")
_TEXT = (snippets.ROOT / "README.md").read_text()


def block(marker: str, apps: tuple[str, ...] = APPS) -> str:
    """The block below ``<!-- marker -->``, without the lines that name an app left out."""
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```python\n(.*?)^```", _TEXT, re.M | re.S)
    assert found, f"README.md has no block marked {marker!r}."
    absent = [app for app in APPS if app not in apps]
    lines = found[1].splitlines(keepends=True)
    return "".join(line for line in lines if not any(app in line for app in absent))


def settings(apps: tuple[str, ...] = APPS) -> str:
    return block("append: settings.py", apps)


def urls(apps: tuple[str, ...] = APPS) -> str:
    return block("append: urls.py", apps)


def gunicorn() -> str:
    return block("file: gunicorn.conf.py")


def command(beginning: str) -> list[str]:
    """The words after ``python manage.py`` of the one command that begins so."""
    found = [words for words in _commands() if " ".join(words).startswith(beginning)]
    assert len(found) == 1, f"README.md says {found} for {beginning!r}."
    return found[0]


def _commands() -> list[list[str]]:
    import shlex

    lines = [
        line
        for snippet in snippets.read(snippets.ROOT / "README.md").snippets
        if snippet.language == "console"
        for line, _shown in commands(snippet.code)
    ]
    return [shlex.split(line)[2:] for line in lines if line.startswith("python manage.py ")]
