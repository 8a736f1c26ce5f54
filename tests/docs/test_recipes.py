"""The recipes name only what exists, give the drain its time, and run as they are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from demo.services import Services
from tests.docs import snippets
from tests.docs.terminal import Terminal
from tests.docs.test_tutorial import PAGE as TUTORIAL
from tests.docs.test_tutorial import environment, free_ports
from tests.system.drill import eventually
from zdt_core import conf
from zdt_core.drain import gunicorn
from zdt_core.health import endpoints

HOME = snippets.ROOT / "docs" / "recipes"
ROOMS = ("systemd", "procfile", "compose", "kubernetes")  # pipelines have tests of their own
FILES = sorted(path for room in ROOMS for path in (HOME / room).iterdir())
UNITS = sorted((HOME / "systemd").iterdir())
MANIFESTS = sorted((HOME / "kubernetes").iterdir())


def grace() -> float:
    """Seconds that a drain takes with the default settings, and five to end."""
    return conf.conf.DRAIN_WAIT + conf.conf.DRAIN_FINISH + 5


def names(path: Path) -> str:
    return str(path.relative_to(HOME))


@pytest.mark.parametrize("path", FILES, ids=names)
def test_a_recipe_names_commands_settings_and_addresses_that_exist(path):
    text = path.read_text()

    assert set(re.findall(r"\bZDT_[A-Z_]*[A-Z]", text)) <= set(conf.declared())
    assert set(re.findall(r"\bzdt_(?!core)[a-z_]+", text)) <= set(get_commands())
    assert set(re.findall(r"/health/\w+", text)) <= set(endpoints.endpoints("/health"))


@pytest.mark.parametrize("path", FILES, ids=names)
def test_every_recipe_is_shown_on_the_page(path):
    assert f"<!-- show: {names(path)} " in (HOME / "README.md").read_text()


@pytest.mark.parametrize("path", UNITS, ids=names)
def test_a_unit_signals_the_master_alone_and_leaves_it_time(path):
    text = path.read_text()
    stop = int(re.search(r"TimeoutStopSec=(\d+)", text)[1])

    if "gunicorn" in text:
        assert "KillMode=mixed" in text
        assert stop >= grace()
    if "zdt_worker" in text:
        assert "KillMode=mixed" in text
        assert stop > 30


def test_compose_leaves_a_web_server_time_to_drain():
    compose = yaml.safe_load((HOME / "compose" / "compose.yaml").read_text())
    services = compose["services"]

    for name in ("web-stable", "web-canary"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) >= grace()
        assert "/health/ready" in services[name]["healthcheck"]["test"][-1]
    started = {service["command"][2] for service in services.values() if is_ours(service)}
    assert started == {"zdt_migrate", "zdt_worker", "zdt_ticker", "zdt_edge"}
    for service in services.values():
        for needed in service.get("depends_on", ()):
            assert needed in services


def is_ours(service: dict) -> bool:
    return service.get("command", [""])[0] == "python"


@pytest.mark.parametrize("path", MANIFESTS, ids=names)
def test_a_manifest_is_whole(path):
    kinds = [each for each in yaml.safe_load_all(path.read_text()) if each["kind"] == "Deployment"]

    assert kinds
    for each in kinds:
        pod = each["spec"]["template"]
        labels, container = pod["metadata"]["labels"], pod["spec"]["containers"][0]
        assert each["spec"]["selector"]["matchLabels"].items() <= labels.items()
        version = next(env for env in container["env"] if env["name"] == "ZDT_VERSION")
        label = re.search(r"\['(.+)'\]", version["valueFrom"]["fieldRef"]["fieldPath"])[1]
        assert container["image"].endswith(":" + labels[label])
        if "gunicorn" in container["command"]:
            assert pod["spec"]["terminationGracePeriodSeconds"] >= grace()
            asked = {
                container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness")
            }
            assert asked == {"/health/startup", "/health/ready"}
            assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"


def test_the_recipes_fit_what_gunicorn_is_told():
    assert gunicorn.graceful_timeout >= conf.conf.DRAIN_FINISH


@pytest.mark.system
@pytest.mark.long
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("path", UNITS, ids=names)
def test_systemd_understands_a_unit(path, tmp_path):
    """With the programs and the accounts of this machine in place of the recipe's."""
    text = re.sub(r"/srv/shop/\S+?/bin/\w+", sys.executable, path.read_text())
    text = re.sub(r"^(User|Group)=.*\n", "", text, flags=re.M)
    unit = tmp_path / path.name.replace("@", "@2.0")
    unit.write_text(text)

    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
    )

    about_it = [line for line in said.stderr.splitlines() if path.name.split("@")[0] in line]
    assert about_it == []
    assert said.returncode == 0, said.stderr


@pytest.mark.system
@pytest.mark.long
def test_the_procfile_starts_web_worker_and_ticker_and_they_end_when_asked(tmp_path):
    lines = (HOME / "procfile" / "Procfile").read_text().splitlines()
    started = dict(line.split(": ", 1) for line in lines)

    with Services.private() as services:
        given = {**environment(services, tmp_path), "PORT": str(free_ports()["8000"])}
        with Terminal(tmp_path, given) as terminal:
            make_project(terminal)
            for name, command in started.items():
                terminal.type(f"{command} > {name}.log 2>&1 & {name}=$!")
            fleet = "python manage.py zdt_fleet"
            shown = "… ticker … live …\n… web … live …\n… worker … live …"
            eventually(lambda: roles(terminal.type(fleet)[1]) == set(started), shown)
            assert terminal.type("curl -sf http://127.0.0.1:$PORT/health/live")[1] == "OK"
            for name in ("worker", "ticker"):
                assert terminal.type(f"kill ${name}; wait ${name}")[0] == 0


def roles(table: str) -> set[str]:
    rows = [line.split() for line in table.splitlines()]
    return {row[1] for row in rows if len(row) > 5 and row[5] == "live"}


def make_project(terminal: Terminal) -> None:
    """The project of the tutorial, up to its tables."""
    assert terminal.type("django-admin startproject shop .")[0] == 0
    settings, _views, _urls, server = [
        snippet.code for snippet in snippets.read(TUTORIAL).snippets if snippet.language == "python"
    ][:4]
    with (terminal.folder / "shop" / "settings.py").open("a") as file:
        file.write(settings)
    (terminal.folder / "gunicorn.conf.py").write_text(server)
    assert terminal.type("python manage.py migrate --verbosity 0")[0] == 0
