"""The pipeline recipes of the docs, run as they are against a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import string
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.services import Services
from tests.system import servers
from tests.system.drill import ROOT, Drill, eventually
from tests.system.servers import Server

RECIPES = ROOT / "docs" / "recipes" / "pipelines"
NAMES = ("github-actions", "gitlab-ci", "github-actions-command-line", "gitlab-ci-command-line")
SETTINGS = "tests.system.piped.settings"
_EXPRESSION = re.compile(r"\$\{\{ *([\w.]+) *\}\}")


def recipe(name: str) -> Any:
    return yaml.safe_load((RECIPES / f"{name}.yml").read_text())


class TestTheFiles:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_recipe_waits_longer_for_the_job_than_for_the_release(self, name: str) -> None:
        job = recipe(name)
        job = job["jobs"]["release"] if "jobs" in job else job["release"]

        assert job.get("timeout-minutes", 300) == 300
        assert job.get("timeout", "5h") == "5h"

    def test_the_page_shows_every_recipe(self) -> None:
        page = (ROOT / "docs/how-to/pipelines.md").read_text()

        assert sorted(path.stem for path in RECIPES.iterdir()) == sorted(NAMES)
        assert all(f"recipes/pipelines/{name}.yml" in page for name in NAMES)

    @pytest.mark.parametrize("name", NAMES)
    def test_no_secret_is_on_a_command_line(self, name: str) -> None:
        """Whoever may list processes would read it."""
        for line in (RECIPES / f"{name}.yml").read_text().splitlines():
            assert "$ZDT_TOKEN" not in line or "printf" in line

    def test_both_command_lines_are_the_same(self) -> None:
        steps = recipe("github-actions-command-line")["jobs"]["release"]["steps"]
        shell = [step["run"] for step in steps if "shell" in step]

        assert shell == recipe("gitlab-ci-command-line")["release"]["script"]


class Site:
    """A server with the API, two releases in its fleet, and a token."""

    def __init__(self, drill: Drill) -> None:
        self.drill = drill
        said = json.loads(
            drill.manage(
                "zdt_token", "create", "ci", "--scope", "deployments.start",
                "--scope", "deployments.read", "--environment", "production", "--json",
            )
        )  # fmt: skip
        self.token = said["secret"]
        self.server: Server = servers.gunicorn(drill, workers=1, DJANGO_SETTINGS_MODULE=SETTINGS)
        for number, release in enumerate(("1.0", "2.0")):
            self.drill.do(_PROCESS, f"{number:012x}", release)
        servers.wait_until_up(self.server, path="/health/live")

    def clear(self) -> None:
        """No deployment, and no answer kept for an idempotency key: each run is the first."""
        self.drill.do("TRUNCATE zdt_deploy_deployment, zdt_core_answer CASCADE")

    def becomes(self, state: str) -> None:
        """What the monitor would find out in hours."""
        self.drill.do(_BECOMES, state)

    def shell(self, script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
        """Run a script as the pipeline does: by `sh -e`, in a folder, with what it is given."""
        folder.mkdir(exist_ok=True)
        python = str(Path(sys.executable).parent)
        given = {**self.drill.environment, **environment}
        given["PATH"] = f"{python}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-e", "-c", script], cwd=folder, env=given, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip

    def pipeline(self, name: str, folder: Path) -> tuple[int, str]:
        """Run a recipe to its end: (exit code, all that it said)."""
        run = self._github if name.startswith("github") else self._gitlab
        done = run(recipe(name), folder)
        return done[-1].returncode, "".join(each.stdout + each.stderr for each in done)

    def _github(self, found: Any, folder: Path) -> list[subprocess.CompletedProcess]:
        job = found["jobs"]["release"]
        output = folder / "output"
        output.touch()
        facts = {
            "vars.ZDT_URL": self.url, "secrets.ZDT_TOKEN": self.token, "github.ref_name": "2.0",
            "github.run_id": "7", "github.run_attempt": "1",
            "secrets.DATABASE_URL": self.drill.environment["DATABASE_URL"],
            "secrets.REDIS_URL": self.drill.environment["REDIS_URL"],
            "secrets.SECRET_KEY": "of the drill",
        }  # fmt: skip
        done = []
        for step in job["steps"]:
            if "shell" not in step:
                continue
            for line in output.read_text().splitlines():
                key, _, value = line.partition("=")
                facts[f"steps.start.outputs.{key}"] = value
            wanted = {**job["env"], **step.get("env", {})}
            given = {k: _EXPRESSION.sub(lambda e: facts[e[1]], v) for k, v in wanted.items()}
            done.append(self.shell(step["run"], self._folder(folder, step["run"]),
                                   GITHUB_OUTPUT=str(output), **given))  # fmt: skip
            if done[-1].returncode:
                break
        return done

    def _gitlab(self, found: Any, folder: Path) -> list[subprocess.CompletedProcess]:
        job = found["release"]
        facts = {"CI_COMMIT_TAG": "2.0", "CI_PIPELINE_ID": "7", "CI_JOB_ID": "8"}
        given = {k: string.Template(v).substitute(facts) for k, v in job["variables"].items()}
        script = "\n".join(job["script"])
        given |= {"ZDT_URL": self.url, "ZDT_TOKEN": self.token}
        return [self.shell(script, self._folder(folder, script), **given)]

    def _folder(self, folder: Path, script: str) -> Path:
        return ROOT if "manage.py" in script else folder

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/zdt"


_PROCESS = """
    INSERT INTO zdt_core_process (instance, role, release, service, environment, region, track,
        host, pid, draining, in_flight, acknowledged, facts, command, command_serial, command_done)
    VALUES (%s, 'web', %s, 'default', 'production', 'default', '', 'h', 1, false, 0, '{}', '{}',
            '', 0, 0)
"""
_BECOMES = """
    UPDATE zdt_deploy_deployment SET state = %s, finished_at = now(), promoted_at = now(),
        window_until = now() + interval '1 day'
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    environment = {"DJANGO_SETTINGS_MODULE": SETTINGS, "ZDT_ENVIRONMENT": "production"}
    with (
        Services.private() as services,
        Drill(services, tmp_path_factory.mktemp("piped"), **environment) as drill,
    ):
        drill.manage("migrate", "--verbosity", "0")
        yield Site(drill)
        print(drill.logs())


@pytest.fixture
def meanwhile(site: Site) -> Iterator[Callable[[str], None]]:
    """Once there is a deployment, it becomes what is said."""
    site.clear()
    threads: list[threading.Thread] = []

    def meanwhile(state: str) -> None:
        def work() -> None:
            with Drill(site.drill.services, site.drill.folder) as drill:
                count = "SELECT count(*) FROM zdt_deploy_deployment"
                eventually(lambda: drill.number(count), "a deployment", 60)
                time.sleep(0.3)
                drill.do(_BECOMES, state)

        threads.append(threading.Thread(target=work))
        threads[-1].start()

    yield meanwhile
    for thread in threads:
        thread.join(60)


needs_tools = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq are not installed"
)


@pytest.mark.system
@pytest.mark.long
@needs_tools
class TestTheRuns:
    @pytest.mark.parametrize(
        ("name", "state", "code", "says"),
        [
            ("github-actions", "rolled_back", 1, "2.0 went back."),
            ("github-actions", "baking", 0, "Everyone is on 2.0"),
            ("gitlab-ci", "rolled_back", 1, "2.0 went back."),
            ("gitlab-ci", "baking", 0, "Everyone is on 2.0"),
            ("gitlab-ci-command-line", "rolled_back", 1, "2.0 was rolled back"),
        ],
    )
    def test_a_pipeline_ends_as_the_release_does(
        self, site: Site, meanwhile: Any, tmp_path: Path,
        name: str, state: str, code: int, says: str,
    ) -> None:  # fmt: skip
        site.drill.do("TRUNCATE zdt_core_answer")
        meanwhile(state)
        found, said = site.pipeline(name, tmp_path)

        assert found == code, said
        assert says in said
        assert site.token not in said
        actor = "SELECT started_by FROM zdt_deploy_deployment"
        assert site.drill.number(actor).startswith("shell:" if "line" in name else "token:ci")

    def test_a_refusal_is_told_and_fails_the_pipeline(self, site: Site, tmp_path: Path) -> None:
        site.clear()
        site.drill.do("UPDATE zdt_core_process SET left_at = now() WHERE release = '2.0'")
        try:
            code, said = site.pipeline("github-actions", tmp_path)
        finally:
            site.drill.do("UPDATE zdt_core_process SET left_at = NULL WHERE release = '2.0'")

        assert code == 1
        assert "No web process of 2.0 is alive" in said

    def test_without_postgresql_it_is_told_to_come_again(self, site: Site) -> None:
        token = {"Authorization": f"Bearer {site.token}"}
        site.drill.services.postgres.stop(immediate=True)
        try:
            status, body = site.server.get("/zdt/api/deployments/", **token)
        finally:
            site.drill.services.postgres.start()
            site.drill.rows("SELECT 1")  # connects again

        assert (status, json.loads(body)["code"]) == (503, "database_away")
        assert "Try again" in json.loads(body)["detail"]
        eventually(
            lambda: site.server.get("/zdt/api/deployments/", **token)[0] == 200, "answers again", 30
        )

    def test_those_who_wait_hold_no_connection(self, site: Site, meanwhile: Any) -> None:
        site.drill.do("TRUNCATE zdt_core_answer")
        token = {"Authorization": f"Bearer {site.token}"}
        start = site.shell(
            'curl -s --oauth2-bearer "$T" -H "Content-Type: application/json" '
            '-d \'{"version": "2.0"}\' "$U/api/deployments/"',
            site.drill.folder, T=site.token, U=site.url,
        )  # fmt: skip
        path = f"/zdt/api/deployments/{json.loads(start.stdout)['id']}/wait/?timeout=3"
        found: list[tuple[int, str]] = []
        waiting = [
            threading.Thread(target=lambda: found.append(site.server.get(path, **token)))
            for _ in range(3)
        ]
        for thread in waiting:
            thread.start()
        before = 1  # of the thread that took the start, which Django keeps
        sessions = []
        while any(thread.is_alive() for thread in waiting):
            sessions.append(site.drill.number(_SESSIONS))
            time.sleep(0.05)

        assert [status for status, _ in found] == [200] * 3
        assert not any(json.loads(body)["settled"] for _, body in found)
        assert sorted(sessions)[len(sessions) // 2] <= before, sessions


_SESSIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND starts_with(application_name, 'zdt:')
"""
