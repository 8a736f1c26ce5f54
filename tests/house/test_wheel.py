"""What `pip install django-zdt` brings, and what it leaves at home."""

import subprocess
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = {"zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit"}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    uv = ROOT / ".tools" / "bin" / "uv"
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.fixture(scope="module")
def metadata(wheel) -> Message:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_it_holds_the_four_apps_and_nothing_beside_them(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == APPS


def test_it_holds_every_file_of_theirs(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", *APPS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert set(tracked) <= set(wheel.namelist())
    assert {f"{app}/py.typed" for app in APPS} <= set(wheel.namelist())


def test_it_asks_for_no_more_than_an_application_needs(metadata):
    required = {line.split(";")[0] for line in metadata.get_all("Requires-Dist") if ";" not in line}

    assert {line.split(">")[0].split("<")[0].lower() for line in required} == {
        "django", "django-rq", "rq", "psycopg", "redis", "requests",
    }  # fmt: skip


def test_it_names_its_licence_and_its_python(metadata):
    assert metadata["Name"] == "django-zdt"
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == ">=3.11"
