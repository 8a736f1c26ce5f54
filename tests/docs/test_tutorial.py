"""The tutorial works as it is printed, in a project outside of this checkout."""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from demo.services import Services
from tests.docs import snippets
from tests.docs.snippets import commands, says
from tests.docs.terminal import Terminal, play

PAGE = snippets.ROOT / "docs" / "tutorial" / "first-rollback.md"


def test_output_is_compared_line_by_line_with_gaps():
    output = "one 1\ntwo\nthree 33\n"

    assert says(output, "one …\nthree …\n")
    assert says(output, "")
    assert not says(output, "three …\none …\n")
    assert not says(output, "tw\n")


def test_commands_are_told_from_their_output():
    assert commands("$ a\nsaid\n$ b\n") == [("a", "said\n"), ("b", "")]


def test_what_the_tutorial_installs_is_what_the_test_has():
    line = next(line for line in PAGE.read_text().splitlines() if line.startswith("$ pip install"))

    assert line == '$ pip install django-zdt gunicorn "psycopg[binary]"'
    assert all(find_spec(name) for name in ("zdt_core", "gunicorn", "psycopg_binary"))


@pytest.mark.system
@pytest.mark.long
def test_the_tutorial_ends_with_one_release_rolled_back_and_one_brought_to_everyone(tmp_path):
    page = snippets.read(PAGE)

    with (
        Services.private() as services,
        Terminal(tmp_path, environment(services, tmp_path)) as terminal,
    ):
        play(page, terminal, free_ports())


def environment(services: Services, folder: Path) -> dict[str, str]:
    """A plain shell's, with the servers that the page's first step would have brought."""
    found = services.environment()
    url = urlsplit(found["DATABASE_URL"])
    given = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "PGHOST": parse_qs(url.query).get("host", [url.hostname or ""])[0],
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.path.lstrip("/"),
        "REDIS_URL": found["REDIS_URL"],
    }
    cache = os.environ.get("PYTHONPYCACHEPREFIX")
    return {**given, "PYTHONPYCACHEPREFIX": cache} if cache else given


def free_ports() -> dict[str, int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    ports = {str(8000 + number): each.getsockname()[1] for number, each in enumerate(taken)}
    for each in taken:
        each.close()
    return ports
