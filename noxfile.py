"""The suite on other Pythons and Djangos: nox, or .venv/bin/nox after `python3 dev.py setup`.

`make test` is Python 3.11 with Django 5.2 (or whichever Python you name). Here every other pair has
a smoke test, and the newest pair the quick tests; `make test-all` does it on PostgreSQL 16
(ZDT_POSTGRES=16), so that these are the quick tests on that, too. A Python that is not installed
is passed over; those of pyenv are found without being chosen. Nothing is downloaded but packages.
"""

import os
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

import dev  # noqa: E402  (from beside this file)

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MAKE_TEST = ("3.11", "5.2")
DJANGOS = {"5.2": "3.11", "6.0": "3.12", "6.1": "3.12"}
"""Each Django, and the oldest Python that it runs on."""

SMOKE = (
    "tests/core/test_checks.py",
    "tests/core/test_buckets.py",
    "tests/core/test_database.py",
    "tests/flags/test_admin.py",
    "tests/flags/test_answers.py",
    "tests/audit/test_entries.py",
    "tests/deploy/canary/test_middleware.py",
    "tests/deploy/deployments/test_checks.py",
    "tests/core/notify/test_backends.py",
)
PINNED = "tests/house/test_constraints.py::test_what_is_installed_is_what_is_pinned"
QUICK = ("-m", "not long and not system", "--deselect", PINNED)

nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"

_found = [str(path) for path in sorted(Path.home().glob(".pyenv/versions/3.*/bin"))]
os.environ["PATH"] = os.pathsep.join([str(dev.UV.parent), *_found, os.environ["PATH"]])
os.environ.update(dev.uv_environment())


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def present() -> list[str]:
    """The Pythons of this machine, oldest first."""
    folders = os.environ["PATH"].split(os.pathsep)
    real = [folder for folder in folders if not folder.endswith("/.pyenv/shims")]
    return [v for v in PYTHONS if any((Path(f) / f"python{v}").exists() for f in real)]


def pairs() -> list[tuple[str, str]]:
    return [(p, d) for p in PYTHONS for d, since in DJANGOS.items() if _number(p) >= _number(since)]


def newest() -> tuple[str, str]:
    """The newest pair that can run here."""
    here = present()
    return [pair for pair in pairs() if pair[0] in here][-1] if here else pairs()[-1]


def install(session: nox.Session, django: str) -> None:
    """The project with its tests, in the versions of constraints.txt but for Django's."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = Path(session.create_tmp()) / f"constraints-{django}.txt"
    pins.write_text("\n".join(line for line in lines if not line.startswith("django==")))
    session.install(
        "--editable", ".", "--group", "test", f"django~={django}.0", "--constraint", str(pins)
    )


@nox.session
@nox.parametrize(("python", "django"), [p for p in pairs() if p not in (MAKE_TEST, newest())])
def smoke(session: nox.Session, django: str) -> None:
    """Every app is imported, the checks are clean, and the core of each room works."""
    install(session, django)
    for app in ("zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit"):
        session.run("python", "-W", "error", "-c", f"import {app}", silent=True)
    session.run("python", "manage.py", "check", "--fail-level", "WARNING")
    session.run("python", "-m", "pytest", "-q", *QUICK, *(session.posargs or SMOKE))


@nox.session
@nox.parametrize(("python", "django"), [newest()])
def quick(session: nox.Session, django: str) -> None:
    """The quick tests, without those that start processes, on the newest pair."""
    install(session, django)
    session.run("python", "-m", "pytest", "-q", "-n", "auto", *QUICK, *session.posargs)
