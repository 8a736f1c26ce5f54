"""Each release of the rename is a whole shop of its own, and agrees with its migrations."""

import difflib
import os
import subprocess
import sys

import pytest

from demo.generations import GENERATIONS, lay_out
from demo.generations.copies import HERE, PROJECT

OLD, NEW = "user_email", "email_address"
FIELDS = dict(zip(GENERATIONS, (OLD, OLD, NEW, NEW), strict=True))
SHIPPED = "import demo, zdt_core; print(demo.__file__, zdt_core.__file__)"


def run(folder, *command):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "demo.settings"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )  # fmt: skip


@pytest.mark.system
def test_a_copy_brings_its_own_shop_and_uses_the_installed_zdt(tmp_path):
    folder = lay_out("switch", tmp_path / "shop")
    done = run(folder, "-c", SHIPPED)
    assert done.stdout.split() == [
        str(folder / "demo" / "__init__.py"),
        str(PROJECT / "zdt_core" / "__init__.py"),
    ]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_copy_holds_its_own_field_and_the_migrations_up_to_its_own(generation, tmp_path):
    shop = lay_out(generation, tmp_path / "shop") / "demo" / "shop"
    field = f"    {FIELDS[generation]} = models.CharField"
    assert field in (shop / "customers.py").read_text()
    others = sorted(path.stem[:4] for path in (shop / "migrations").glob("0*.py"))
    assert others == ["0001", "0002", "0003", "0004"][: GENERATIONS.index(generation) + 1]
    assert not (shop.parent / "story").exists()


@pytest.mark.long
@pytest.mark.system
@pytest.mark.parametrize("generation", GENERATIONS)
def test_makemigrations_finds_nothing_to_do_in_any_release(generation, tmp_path):
    folder = lay_out(generation, tmp_path / "shop")
    done = run(folder, "manage.py", "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["customers.py", "admin.py"])
def test_the_switch_changes_the_name_of_the_field_and_nothing_else(name):
    base = (PROJECT / "demo" / "shop" / name).read_text().replace(OLD, NEW)
    switched = (HERE / "switch" / "shop" / name).read_text()
    changes = [
        line
        for line in difflib.ndiff(base.splitlines(), switched.splitlines())
        if line[0] in "+-" and '"""' not in line
    ]
    assert changes == []
