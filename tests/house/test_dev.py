"""dev.py: what it says when it cannot go on, and what it leaves alone."""

import ast
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import dev

ROOT = Path(dev.__file__).parent


def test_pythons_from_3_6_on_can_read_it():
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 6))


def test_an_old_python_is_told_which_one_to_use(monkeypatch, tmp_path):
    (tmp_path / "python3.12").touch()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SystemExit, match=r"3\.11 or newer; this is 3\.9 ") as refused:
        dev.require_python_3_11((3, 9, 2))
    assert "PYTHON=python3.12" in str(refused.value)


@pytest.mark.parametrize(
    ("output", "cure"),
    [
        ("ERROR: Could not find a version (from versions: none)", "index cannot be reached"),
        ("error: Failed to fetch: `https://…`\n dns error", "PIP_INDEX_URL"),
        ("error sending request\n invalid peer certificate: UnknownIssuer", "UV_SYSTEM_CERTS=1"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: failed to create directory: Permission denied (os error 13)", "UV_CACHE_DIR"),
        ("No solution found when resolving dependencies", "Python 3.11 to 3.13"),
    ],
)
def test_a_failed_installation_is_explained(output, cure):
    text = dev.explained("uv", output)

    assert text.startswith("uv failed:")
    assert output.splitlines()[0] in text
    assert cure in text


def test_an_unknown_failure_shows_the_programs_own_words():
    assert dev.explained("pip", "boom") == "pip failed:\n    boom"


def test_a_python_without_pip_is_told_where_to_get_it(monkeypatch, tmp_path):
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setattr(dev, "base_python", lambda: str(bare))

    with pytest.raises(dev.Failure, match=r"has no pip: .*\n.*apt-get install python3-pip"):
        dev.Installation(lock=0).install_uv()


def test_a_half_built_environment_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    assert dev.usable_venv()

    dev.STAMP.write_text(dev.UNFINISHED)
    assert not dev.usable_venv()


def test_an_environment_of_another_python_is_not_used(monkeypatch, tmp_path):
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho 3.11.0 /elsewhere\n")
    other.chmod(0o755)
    monkeypatch.setattr(dev, "PYTHON", other)
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")

    assert not dev.usable_venv()


def test_the_fingerprint_follows_what_is_asked_for(monkeypatch, tmp_path):
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    before = dev.fingerprint()
    with (tmp_path / "constraints.txt").open("a") as file:
        file.write("another==1\n")

    assert dev.fingerprint() != before


def test_a_group_that_was_asked_for_once_stays(monkeypatch, tmp_path):
    """Else its packages would stay behind at versions that constraints.txt has left."""
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    assert not dev.installed(dev.GROUP)

    dev.STAMP.write_text(f"{dev.fingerprint()} browser lint nonsense")
    assert dev.installed("browser")
    assert dev.stamp()[1] == {"browser", "lint"}
    dev.STAMP.write_text("of-before browser lint")
    assert not dev.installed("browser")
    assert dev.stamp()[1] == {"browser", "lint"}


def test_uv_gets_what_pip_was_told(monkeypatch):
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("UV_INDEX_URL", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.invalid/simple")
    monkeypatch.setenv("PIP_CERT", "/our/authorities.pem")

    assert dev.uv_environment()["UV_DEFAULT_INDEX"] == "https://mirror.invalid/simple"
    assert dev.uv_environment()["SSL_CERT_FILE"] == "/our/authorities.pem"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.invalid/simple")
    assert dev.uv_environment()["UV_DEFAULT_INDEX"] == "https://other.invalid/simple"


def test_uv_keeps_its_cache_in_the_project_without_a_home(monkeypatch):
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    monkeypatch.setattr(dev, "pip_setting", lambda name: "")
    monkeypatch.setenv("HOME", "/nonexistent")

    assert dev.uv_environment()["UV_CACHE_DIR"] == str(dev.TOOLS / "cache")


def test_compiled_code_is_kept_out_of_the_tree_where_it_is_not_wanted(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    dev.keep_compiled_code()

    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
    assert os.environ["PYTHONPYCACHEPREFIX"] == str(dev.VENV / "pycache")


@pytest.fixture
def copy(tmp_path):
    """A project that holds dev.py and little else."""
    for name in ("dev.py", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def start(copy: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, copy / "dev.py", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def test_an_unknown_command_names_the_help(copy):
    done = start(copy, "tset")

    assert done.communicate()[1] == "There is no command 'tset'. See: python3 dev.py help\n"
    assert done.returncode == 2


def test_help_shows_every_command(copy):
    text = start(copy).communicate()[0]

    assert all(f"\n  {command} " in text for command in (*dev.MODULES, "setup", "lock", "clean"))


def test_two_runs_do_not_install_at_once(copy):
    with (copy / "dev.py").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = start(copy, "clean")
        assert second.stderr.readline() == "Waiting for another run that is installing ...\n"
    second.communicate(timeout=60)

    assert second.returncode == 0


def test_ctrl_c_ends_it_in_a_word(copy):
    with (copy / "dev.py").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = start(copy, "setup")
        waiting.stderr.readline()
        waiting.send_signal(signal.SIGINT)
        assert waiting.communicate(timeout=60)[1] == "Interrupted.\n"
    assert waiting.returncode == 130


def test_clean_takes_what_it_made_and_nothing_else(copy):
    for name in (".venv", ".tools", ".mypy_cache", "dist", "zdt_core"):
        (copy / name).mkdir()
    start(copy, "clean").communicate()

    assert {path.name for path in copy.iterdir() if path.is_dir()} == {"zdt_core"}


@pytest.mark.long
def test_without_an_index_it_says_so(copy):
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:1/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_EXTRA_INDEX_URL": "",
    }
    failed = start(copy, "setup", **nowhere)

    assert "The package index cannot be reached." in failed.communicate()[1]
    assert failed.returncode == 2
    assert not (copy / ".venv").exists()


@pytest.mark.long
def test_an_interrupted_installation_is_made_anew(copy):
    for app in ("zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit"):
        (copy / app).mkdir()
        (copy / app / "__init__.py").touch()
    assert "Ready" in start(copy, "setup").communicate(timeout=600)[1]
    stamp = copy / ".venv" / dev.STAMP.name
    whole = stamp.read_text()
    shutil.rmtree(next((copy / ".venv" / "lib").glob("python*")) / "site-packages" / "django")
    stamp.write_text(dev.UNFINISHED)

    assert "Ready" in start(copy, "setup").communicate(timeout=600)[1]
    assert stamp.read_text() == whole
    ask = [copy / ".venv" / "bin" / "python", "-c", "import django, zdt_core"]
    assert subprocess.run(ask, check=False).returncode == 0
