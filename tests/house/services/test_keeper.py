"""However the owner ends, its servers and its folder are gone a moment later."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.services import programs
from demo.services.account import ourselves
from demo.services.leash import PROJECT

pytestmark = pytest.mark.system

OWNER = """
import json, os, sys, time
from demo.services import Services
services = Services.private().start()
{extra}
print(json.dumps([str(services.directory), services.leash.pid]), flush=True)
time.sleep(600)
"""
FORK = "os.fork() or time.sleep(600)  # a child that holds our end of the line"


@dataclass
class Owner:
    """A process that owns services, and what it owns."""

    process: "subprocess.Popen[str]"
    directory: Path
    keeper: int
    servers: list[int]

    def gone(self) -> bool:
        return not self.directory.exists() and not any(map(alive, [self.keeper, *self.servers]))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def owner(
    *, extra: str = "", python: str = sys.executable, cwd: Path = PROJECT, **how: object
) -> Iterator[Owner]:
    process = subprocess.Popen(
        [python, "-c", OWNER.format(extra=extra)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=cwd,
        process_group=0,
        **how,
    )
    try:
        line = process.stdout.readline()
        assert line, "the owner ended before its services were up"
        directory, keeper = json.loads(line)
        yield Owner(process, Path(directory), keeper, children(keeper))
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # a forked child included
        process.wait()
        process.stdout.close()  # not read to its end: somebody may have inherited the other one


@pytest.fixture(autouse=True)
def room(monkeypatch):
    """A folder for temporary files that no keeper of another test run sweeps."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o711)
    monkeypatch.setenv("TMPDIR", str(folder))
    yield
    assert eventually(lambda: not any(folder.glob("zdt-*")))
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "how",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
    ],
)
def test_the_servers_end_with_their_owner(how):
    with owner() as owned:
        assert len(owned.servers) == 2
        owned.process.send_signal(how)

        assert eventually(owned.gone)


@pytest.mark.long
def test_a_forked_child_of_the_owner_does_not_keep_them_alive():
    with owner(extra=FORK) as owned:
        owned.process.kill()

        assert eventually(owned.gone)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a death")
def test_the_servers_end_even_with_their_keeper_and_the_next_one_sweeps_up():
    with owner() as owned:
        os.kill(owned.keeper, signal.SIGKILL)

        assert eventually(lambda: not any(map(alive, owned.servers)))
        assert owned.directory.exists()
        with owner():
            assert not owned.directory.exists()


@pytest.mark.long
def test_ctrl_c_in_the_terminal_does_not_reach_the_keeper():
    with owner() as owned:
        assert os.getsid(owned.keeper) == owned.keeper != os.getsid(owned.process.pid)


@pytest.mark.long
def test_two_at_once_do_not_meet():
    with owner() as one, owner() as other:
        assert one.directory != other.directory
        one.process.kill()
        assert eventually(one.gone)

        assert all(map(alive, other.servers))
        assert other.directory.exists()


@pytest.fixture
def closed_checkout():
    """The services and their wheels in a folder of mode 0700 whose parents are open."""
    folder = Path(tempfile.mkdtemp())
    package = programs.postgres(18, ourselves(), folder).parents[1]
    server = programs.valkey().parents[2]
    shutil.copytree(PROJECT / "demo" / "services", folder / "demo" / "services")
    shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("pginstall"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    shutil.copytree(server, folder / server.name)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.long
def test_a_checkout_that_is_closed_to_others_stays_closed(closed_checkout):
    environment = {**os.environ, "PYTHONPATH": str(closed_checkout)}
    with owner(cwd=closed_checkout, env=environment) as owned:
        copied = (owned.directory / "programs").exists()
        command = Path(f"/proc/{owned.servers[-1]}/cmdline").read_bytes()

        assert copied == (os.geteuid() == 0)
        assert (str(closed_checkout).encode() in command) == (not copied)
        assert oct(closed_checkout.stat().st_mode)[-3:] == "700"


@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs all tests as itself anyway")
def test_an_ordinary_user_needs_nothing_more(closed_checkout):
    nobody = pwd.getpwnam("nobody")
    shutil.chown(closed_checkout, nobody.pw_uid)
    environment = {"PATH": os.defpath, "PYTHONPATH": str(closed_checkout), "HOME": "/nonexistent"}
    with owner(
        python=python_for_everybody(),
        cwd=closed_checkout,
        env=environment,
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
    ) as owned:
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in owned.servers} == {nobody.pw_uid}
        owned.process.kill()

        assert eventually(owned.gone)


def python_for_everybody() -> str:
    """A Python ≥ 3.11 that other users may run; root's own often lies in root's home."""
    found = [
        sys.executable,
        *(shutil.which(f"python3{minor}", path=os.defpath) for minor in ("", ".13", ".12", ".11")),
    ]
    nobody = pwd.getpwnam("nobody")
    ask = "import sys; sys.exit(sys.version_info < (3, 11))"
    for python in filter(None, found):
        try:
            done = subprocess.run(
                [python, "-c", ask], check=False, cwd="/", user=nobody.pw_uid, group=nobody.pw_gid
            )
        except PermissionError:
            continue
        if done.returncode == 0:
            return python
    return pytest.skip("no Python 3.11 that an ordinary user may run")
