"""Whatever a project looks like: every page answers, and the buttons work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.elsewhere import readme
from tests.elsewhere.place import Project
from tests.elsewhere.projects import KINDS

pytestmark = [pytest.mark.system, pytest.mark.long]


@pytest.mark.parametrize("name", KINDS)
def test_it_works_in_a_project_with(name: str, new_project: Callable[[], Project]) -> None:
    kind, project = KINDS[name], new_project()
    kind.before(project)
    project.follow_the_readme()
    kind.after(project)

    project.manage(*readme.command("check"), "--fail-level", "WARNING")
    for database in kind.databases:
        project.manage("migrate", "--database", database, "-v0")
    project.manage("makemigrations", "--check", "--dry-run")
    project.inspect(*kind.sites)


def test_a_project_without_time_zones_is_told_which_setting(
    new_project: Callable[[], Project],
) -> None:
    project = new_project()
    project.follow_the_readme()
    project.append(project.settings, "USE_TZ = False")

    said = project.manage(*readme.command("check"), code=1)

    assert "zdt_core.E004" in said
    assert "Set USE_TZ = True." in said
