"""Every command and snippet of the documentation does what it says."""

from __future__ import annotations

import io
import shlex
import subprocess
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from tests.core.factories import ProcessFactory
from tests.docs import snippets

PAGES = snippets.pages()
ENDLESS = {"zdt_worker", "zdt_ticker", "runserver"}


def nothing() -> None:
    """A freshly migrated site."""


def two_releases() -> None:
    """Release 1.0 serves, release 2.0 has been started beside it and gets no traffic yet."""
    for release in ("1.0", "1.0", "2.0"):
        ProcessFactory(release=release, service="default")


WORLDS: dict[str, Callable[[], None]] = {"empty": nothing, "two-releases": two_releases}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_block_names_a_known_language(page):
    unknown = [s.line for s in page.snippets if s.language not in snippets.LANGUAGES]

    assert unknown == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", [p for p in PAGES if p.snippets], ids=str)
def test_the_snippets_of_a_page_run(page, tmp_path, monkeypatch):
    WORLDS[page.world]()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.tar.gz").write_bytes(b"an artifact")
    namespace: dict[str, object] = {"__name__": "snippet"}
    for snippet in page.snippets:
        if snippet.not_run:
            continue
        if snippet.language == "python":
            padding = "\n" * (snippet.line - 1)
            exec(compile(padding + snippet.code, str(snippet.page), "exec"), namespace)
        elif snippet.language == "console":
            for line in snippet.code.splitlines():
                if line.startswith("$ "):
                    run(line[2:])


def run(line: str) -> None:
    """Run one command line of the docs the way it would be typed."""
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        subprocess.run(["make", "-n", *targets], check=True, cwd=snippets.ROOT, capture_output=True)
    elif words[:2] == ["python", "manage.py"]:
        manage(words[2], words[3:])
    else:
        pytest.fail(f"The docs show `{line}`, which no test knows how to run.")


def manage(name: str, arguments: list[str]) -> None:
    """Run a management command; endless ones only parse their arguments."""
    assert name in get_commands(), f"There is no command {name}."
    if name in ENDLESS:
        command = load_command_class(get_commands()[name], name)
        command.create_parser("manage.py", name).parse_args(arguments)
        return
    if name == "createsuperuser":
        return
    try:
        call_command(name, *arguments, stdout=io.StringIO())
    except CommandError as error:
        pytest.fail(f"`{name} {shlex.join(arguments)}` failed: {error}")
