"""Every command and snippet of the documentation does what it says."""

from __future__ import annotations

import io
import shlex
import subprocess
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from tests.core.factories import ProcessFactory
from tests.deploy.comparison.seen import compare
from tests.deploy.factories import SchemaChangeFactory
from tests.docs import snippets
from zdt_deploy.backfills import declarations
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State
from zdt_deploy.preflight import registry as checklist

PAGES = snippets.pages()
PROJECT: dict[str, object] = {"INSTALLED_APPS": [], "MIDDLEWARE": [], "urlpatterns": []}
"""What a project has before a page adds to it."""
ENDLESS = {"zdt_worker", "zdt_ticker", "runserver"}
TELLING = {"zdt_doctor"}  # its exit code tells what it found


def nothing() -> None:
    """A freshly migrated site."""


def two_releases() -> None:
    """Release 1.0 serves, release 2.0 has been started beside it and gets no traffic yet."""
    for release in ("1.0", "1.0", "2.0"):
        ProcessFactory(release=release, service="default")


def old_fleet() -> None:
    """Release 1.0 serves with four processes."""
    for _ in range(4):
        ProcessFactory(release="1.0", service="default")


def three_regions() -> None:
    """Release 2.0 has been started beside 1.0 in each region."""
    for region in ("us-east", "eu-west", "apac"):
        for release in ("1.0", "2.0"):
            ProcessFactory(release=release, service="default", region=region)


def canary() -> None:
    """Release 2.0 has its first users."""
    two_releases()
    manage("zdt_deployment", ["start", "2.0", "--from", "1.0"])


def compared() -> None:
    """Release 2.0 has its first users, and does not do as well as 1.0."""
    canary()
    compare(Deployment.objects.get())


def stuck() -> None:
    """Release 2.0 should have gone back, and routers do not say so."""
    canary()
    manage("zdt_deployment", ["rollback", "--reason", "orders are missing"])
    Deployment.objects.update(
        state=State.STUCK,
        code="rollback_not_followed",
        params={"seconds": 901, "instances": "3f9c2a41d07b"},
    )


def contract_owed() -> None:
    """A column is renamed, and its contract waits for its gate."""
    SchemaChangeFactory(key="shop.user.user_email>email_address", owed=True)


WORLDS: dict[str, Callable[[], None]] = {
    "empty": nothing,
    "two-releases": two_releases,
    "old-fleet": old_fleet,
    "three-regions": three_regions,
    "canary": canary,
    "compared": compared,
    "stuck": stuck,
    "contract-owed": contract_owed,
}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_block_names_a_known_language(page):
    unknown = [s.line for s in page.snippets if s.language not in snippets.LANGUAGES]

    assert unknown == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", [p for p in PAGES if p.snippets and p.world in WORLDS], ids=str)
def test_the_snippets_of_a_page_run(page, tmp_path, monkeypatch):
    WORLDS[page.world]()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(checklist, "_items", dict(checklist._items))
    monkeypatch.setattr(declarations, "_declared", declarations.declared())
    (tmp_path / "app.tar.gz").write_bytes(b"an artifact")
    namespace: dict[str, object] = {"__name__": "snippet", **PROJECT}
    for snippet in page.snippets:
        if snippet.not_run:
            continue
        if snippet.language == "python":
            padding = "\n" * (snippet.line - 1)
            exec(compile(padding + snippet.code, str(snippet.page), "exec"), namespace)
        elif snippet.language == "console":
            for line, shown in snippets.commands(snippet.code):
                said = run(line)
                assert snippets.says(said, shown), f"`{line}` said\n{said}\ninstead of\n{shown}"


def test_only_the_page_that_a_terminal_plays_is_left_out():
    assert {page.world for page in PAGES} - set(WORLDS) == {"terminal"}


def run(line: str) -> str:
    """Run one command line of the docs the way it would be typed; what it said."""
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        subprocess.run(["make", "-n", *targets], check=True, cwd=snippets.ROOT, capture_output=True)
    elif words[:2] == ["python", "manage.py"]:
        return manage(words[2], words[3:])
    else:
        pytest.fail(f"The docs show `{line}`, which no test knows how to run.")
    return ""


def manage(name: str, arguments: list[str]) -> str:
    """Run a management command; endless ones only parse their arguments."""
    assert name in get_commands(), f"There is no command {name}."
    if name in ENDLESS:
        command = load_command_class(get_commands()[name], name)
        command.create_parser("manage.py", name).parse_args(arguments)
        return ""
    if name == "createsuperuser":
        return ""
    output = io.StringIO()
    try:
        call_command(name, *arguments, stdout=output)
    except SystemExit as ended:
        if name not in TELLING:
            pytest.fail(f"`{name}` ended with {ended.code}.")
    except CommandError as error:
        pytest.fail(f"`{name} {shlex.join(arguments)}` failed: {error}")
    return output.getvalue()
