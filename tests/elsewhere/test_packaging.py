"""What is uploaded is whole, can be installed in parts, is typed, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import dev
from tests.elsewhere.place import Place, uv

pytestmark = [pytest.mark.system, pytest.mark.long]
APPS = ("zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit")
PROJECT = tomllib.loads((dev.ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {"aws": "boto3", "otel": "opentelemetry.trace", "sentry": "sentry_sdk"}
"""Each extra, and what it brings."""

EARLY = (
    "zdt_core.drain.gunicorn", "zdt_core.buckets", "zdt_core.conf", "zdt_core.exceptions",
    "zdt_core.gates", "zdt_core.health", "zdt_core.drain", "zdt_core.metering", "zdt_core.jobs",
    "zdt_core.notify", "zdt_core.fleet", "zdt_core.outbound", "zdt_core.access",
    "zdt_deploy.canary",
)  # fmt: skip
"""What may be imported before Django has read the settings, beside the apps themselves."""


@pytest.fixture
def empty(place: Place, tmp_path: Path) -> Place:
    """An environment without anything, and the distributions that were built already."""
    other = Place(tmp_path)
    uv("venv", "--python", dev.base_python(), tmp_path / "venv")
    (tmp_path / "dist").symlink_to(place.folder / "dist")
    return other


def test_a_package_index_would_take_it(place: Place) -> None:
    pytest.importorskip("twine", reason="Twine is not installed: python3 dev.py setup all")
    files = map(str, (place.folder / "dist").glob("*.[wt]*"))

    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *files],
        capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2


def test_the_source_distribution_holds_what_the_wheel_holds(place: Place) -> None:
    """The wheel was built from it."""
    with tarfile.open(next(place.folder.glob("dist/*.tar.gz"))) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    wheel = {name for name in zipfile.ZipFile(place.wheel).namelist() if ".dist-info" not in name}

    assert wheel <= names
    assert {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml"} <= names
    for kind in (".html", ".css", ".js", "py.typed"):
        assert any(name.endswith(kind) for name in wheel), kind


@pytest.mark.parametrize("module", [*APPS, ", ".join(EARLY)])
def test_importing_it_warns_of_nothing_and_needs_no_settings(place: Place, module: str) -> None:
    place.run("python", "-W", "error", "-c", f"import {module}")


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_extra_can_be_had_alone(empty: Place, extra: str) -> None:
    empty.install(extra=f"[{extra}]")

    empty.run("python", "-W", "error", "-c", "import zdt_core, zdt_flags, zdt_deploy, zdt_audit")
    empty.run("python", "-c", f"import {EXTRAS[extra]}")


def test_every_extra_is_tried() -> None:
    assert set(EXTRAS) == set(PROJECT["optional-dependencies"])


def test_it_leaves_nothing_behind(empty: Place) -> None:
    before = files(empty)
    empty.install()
    installed = files(empty)
    assert {f"{app}/py.typed" for app in APPS} <= installed
    empty.run("python", "-c", "import zdt_core.buckets, zdt_flags", PYTHONPYCACHEPREFIX="")

    uv("pip", "uninstall", "--python", empty.python, PROJECT["name"])

    left = {name for name in files(empty) - before if name.startswith(("zdt_", "django_zdt"))}
    assert left == set()
    assert not [app for app in APPS if (empty.packages / app).exists()]


def test_a_type_checker_reads_its_types(place: Place, tmp_path: Path) -> None:
    """As a project would: from the installed package, by its ``py.typed``."""
    (tmp_path / "typing_api.py").write_text((dev.ROOT / "tests" / "typing_api.py").read_text())
    (tmp_path / "wrong.py").write_text("import zdt_flags\n\nzdt_flags.is_enabled(42)\n")

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "/dev/null", "--ignore-missing-imports",
         "--python-executable", str(place.python), "--cache-dir", str(tmp_path / "cache"),
         "typing_api.py", "wrong.py"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip

    assert 'incompatible type "int"; expected "str"' in done.stdout
    assert "Found 1 error in 1 file" in done.stdout


def files(place: Place) -> set[str]:
    return {str(path.relative_to(place.packages)) for path in place.packages.rglob("*")}
