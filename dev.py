#!/usr/bin/env python3
"""The commands of this project: python3 dev.py COMMAND [ARGUMENTS], or make COMMAND ARGS="...".

  demo      tell the story of a release on the sample shop (--once: unattended)
  test      the quick tests, on a PostgreSQL and Valkey of their own; arguments go to pytest
  test-all  everything: quick tests, lint, checks, long tests, PostgreSQL 16
            (--rest: all but the quick tests)
  lint      ruff, mypy, import rules
  screenshots  make docs/images anew; needs Chromium
  docs      build the documentation's site into site/; fails on any warning
  bench     all benchmarks, or those named; --quick: within a minute each
  lock      write constraints.txt anew from pyproject.toml
  setup     only prepare .tools and .venv, which every command does first (setup browser:
            with Playwright as well)
  clean     remove .tools, .venv and caches
  help      show this

Needs Python 3.11 or newer with pip, and nothing else. A PostgreSQL or Redis named by DATABASE_URL
or REDIS_URL is used instead of the embedded one; ZDT_POSTGRES=16 chooses the older PostgreSQL.
"""

import os
import sys


# An older Python has to read this file to its end to say so: use no syntax newer than 3.6 in it.
def require_python_3_11(found: tuple = sys.version_info) -> None:  # This Python is too old!
    if found < (3, 11):
        names = ["python3.13", "python3.12", "python3.11"]
        folders = os.environ.get("PATH", "").split(os.pathsep)
        here = [n for n in names if any(os.path.exists(os.path.join(f, n)) for f in folders)]
        newer = (here or names)[0]
        sys.exit(
            f"zdt needs Python 3.11 or newer; this is {found[0]}.{found[1]} ({sys.executable}).\n"
            f"Name a newer one: make COMMAND PYTHON={newer}, or {newer} dev.py COMMAND."
        )
    if os.name != "posix":
        sys.exit("The demo and the tests of zdt need Linux or macOS; on Windows use WSL.")


require_python_3_11()

import contextlib
import fcntl
import glob
import hashlib
import re
import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = TOOLS / "bin" / "uv"
STAMP = VENV / ".zdt-installed"
UNFINISHED = "an installation began here and did not end"
UV_REQUIREMENT = "uv>=0.8"
GROUP = "lint"  # includes the groups test and demo
MORE_GROUPS = {"screenshots": "browser", "docs": "docs", "test-all": "all"}  # only for these
LEFTOVERS = (
    ".venv", ".tools", ".nox", "site", "build", "dist", "*.egg-info", ".*_cache", ".hypothesis",
)  # fmt: skip

DOCS = ("-b", "html", "-c", "docs/sphinx", "-E", "-W", "--keep-going", "-n", "-q", "docs", "site")

MODULES = {
    "demo": ("demo",),
    "test": ("pytest", "-n", "auto", "-m", "not long"),
    "test-all": ("tests.everything",),
    "lint": ("tests.everything", "--lint"),
    "docs": ("sphinx", *DOCS),
    "bench": ("benchmarks",),
    "screenshots": ("tests.browser.screenshots",),
}

# What the output of pip and uv says, and what to do about it.
CURES = (
    (
        r"No space left|Disk quota",
        "The disk is full. .venv, .tools and uv's cache (UV_CACHE_DIR) need 700 MB.",
    ),
    (
        r"Permission denied|Read-only file system",
        "A folder cannot be written. Clone the project to where you may write; if it is the cache, "
        "set UV_CACHE_DIR to a folder of yours.",
    ),
    (
        r"certificate",
        "The package index shows a certificate that uv does not know. Name the file of your "
        "authorities with SSL_CERT_FILE, or set UV_SYSTEM_CERTS=1 to use the system's.",
    ),
    (
        r"from versions: none|[Ff]ailed to fetch|error sending request|dns error|timed out"
        r"|[Cc]onnection (?:refused|reset|broken|aborted)|NewConnectionError|[Cc]ould not connect",
        "The package index cannot be reached. Check the network (behind a proxy: HTTPS_PROXY), or "
        "name a mirror with PIP_INDEX_URL; then run the command again.",
    ),
    (
        r"No solution found|no wheels|No matching distribution",
        "A package has no release for this Python and platform. Python 3.11 to 3.13 on Linux with "
        "glibc and on macOS have them all.",
    ),
)


class Failure(Exception):
    """The command cannot go on; the message says what to do."""


def setup(group: str = GROUP) -> None:
    """Make .venv what pyproject.toml and constraints.txt ask for; takes no time if it is.

    ``group`` is installed beside the usual one, and stays.
    """
    if not installed(group):
        with one_at_a_time() as lock:
            if not installed(group):
                Installation(lock).run(group)


def installed(group: str) -> bool:
    made_from, groups = stamp()
    return made_from == fingerprint() and group in groups


def stamp() -> tuple:
    """What .venv was made from, and the groups that it holds."""
    made_from, *groups = STAMP.read_text().split() if STAMP.is_file() else [""]
    return made_from, {GROUP, *MORE_GROUPS.values()}.intersection(groups)


def fingerprint() -> str:
    """Changes with everything that .venv is made from, the project's place included."""
    texts = [(ROOT / name).read_text() for name in ("pyproject.toml", "constraints.txt")]
    made_from = [sys.version, sys.base_prefix, str(ROOT), GROUP, *texts]
    return hashlib.sha256("\0".join(made_from).encode()).hexdigest()


@contextlib.contextmanager
def one_at_a_time() -> Iterator[int]:
    """Hold this file's lock. The programs we run inherit it: an orphan of ours still holds it."""
    lock = os.open(__file__, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Waiting for another run that is installing ...")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield lock
    finally:
        os.close(lock)


class Installation:
    """Brings .tools and .venv up to date, under the lock."""

    def __init__(self, lock: int) -> None:
        self.lock = lock

    def run(self, group: str = GROUP) -> None:
        groups = sorted({GROUP, group, *stamp()[1]})
        began = time.monotonic()
        say("Preparing .tools and .venv (the first time: a download of about 120 MB) ...")
        if not self.has_uv():
            self.install_uv()
        if not usable_venv():
            self.uv("venv", "--clear", "--python", base_python(), str(VENV))
        STAMP.write_text(UNFINISHED)
        packages = ["--editable", ".", "--constraint", "constraints.txt"]
        packages += [word for each in groups for word in ("--group", each)]
        self.uv("pip", "install", "--python", str(PYTHON), *packages)
        STAMP.write_text(" ".join([fingerprint(), *groups]))
        say(f"Ready after {time.monotonic() - began:.0f} s.")

    def has_uv(self) -> bool:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            subprocess.run([str(UV), "--version"], capture_output=True, check=True)
            return True
        return False

    def install_uv(self) -> None:
        """`pip --target` works where the system's packages are not ours to change (PEP 668)."""
        pip = [base_python(), "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
            raise Failure(
                f"This Python has no pip: {base_python()}\nInstall it: apt-get install "
                "python3-pip (Debian, Ubuntu), dnf install python3-pip (Fedora), or "
                f"{base_python()} -m ensurepip."
            )
        options = ["--quiet", "--disable-pip-version-check", "--retries", "2", "--upgrade"]
        self.program("pip", [*pip, "install", *options, "--target", str(TOOLS), UV_REQUIREMENT])

    def uv(self, *arguments: str) -> None:
        self.program("uv", [str(UV), "--quiet", *arguments], uv_environment())

    def program(self, name: str, command: list, environment: "Mapping | None" = None) -> None:
        """Run silently; if it fails, show what it said and the cure."""
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
            cwd=str(ROOT),
            env=environment,
            pass_fds=[self.lock],
            text=True,
            errors="replace",
        )
        if done.returncode:
            raise Failure(explained(name, done.stdout))


def explained(name: str, output: str) -> str:
    """What a failed program said, and the cure for it."""
    cures = [cure for pattern, cure in CURES if re.search(pattern, output)]
    words = "\n".join("    " + line for line in output.strip().splitlines()[-20:])
    return "\n".join([f"{name} failed:", words, *cures[:1]])


def usable_venv() -> bool:
    """Whether .venv is whole, and made from the Python that runs this."""
    if STAMP.is_file() and STAMP.read_text() == UNFINISHED:
        return False
    ask = "import sys; print(sys.version, sys.base_prefix)"
    try:
        told = subprocess.run([str(PYTHON), "-c", ask], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return told.stdout.strip() == f"{sys.version} {sys.base_prefix}"


def base_python() -> str:
    """The interpreter itself; we may run from .venv, which is about to be replaced."""
    return getattr(sys, "_base_executable", None) or sys.executable


def uv_environment() -> dict:
    """uv as we want it: no Python of its own, a cache, and what pip was told (uv asks nobody)."""
    settings = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    settings.pop("VIRTUAL_ENV", None)
    index, certificates = pip_setting("index-url"), pip_setting("cert")
    if index and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"}.intersection(settings):
        settings["UV_DEFAULT_INDEX"] = index
    if certificates:
        settings.setdefault("SSL_CERT_FILE", certificates)
    if "UV_CACHE_DIR" not in settings and not os.access(os.path.expanduser("~"), os.W_OK):
        settings["UV_CACHE_DIR"] = str(TOOLS / "cache")
    return settings


def pip_setting(name: str) -> str:
    """What pip is told by the environment or its configuration, or nothing."""
    given = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if given is not None:
        return given
    ask = [base_python(), "-m", "pip", "config", "get", "global." + name]
    told = subprocess.run(ask, capture_output=True, text=True, check=False)
    return told.stdout.strip()


def keep_compiled_code() -> None:
    """The tests start hundreds of processes; compiling anew in each triples their start."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(VENV / "pycache"))


def lock_versions() -> None:
    """Names and versions only: a lock file would record the hosts they came from."""
    setup()
    with one_at_a_time() as lock:
        groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
        options = ["--universal", "--python-version", "3.11", "--all-extras"]
        options += [word for group in groups for word in ("--group", group)]
        plain = ["--no-header", "--no-annotate", "--upgrade", "--output-file", "constraints.txt"]
        Installation(lock).uv("pip", "compile", "pyproject.toml", *options, *plain)


def clean() -> None:
    with one_at_a_time():
        for pattern in LEFTOVERS:
            for path in glob.glob(str(ROOT / pattern)):
                say(f"Removing {os.path.relpath(path, str(ROOT))}")
                shutil.rmtree(path)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: list) -> None:
    command, rest = (arguments or ["help"])[0], arguments[1:]
    if command in MODULES:
        setup(MORE_GROUPS.get(command, GROUP))
        keep_compiled_code()
        os.chdir(str(ROOT))
        # Replaces this process, so that signals reach the command itself.
        os.execv(str(PYTHON), [str(PYTHON), "-m", *MODULES[command], *rest])
    elif command in ("help", "-h", "--help"):
        print(__doc__.strip())
    elif command == "setup":
        setup(*rest[:1])
    elif command in ("lock", "clean"):
        {"lock": lock_versions, "clean": clean}[command]()
    else:
        raise Failure(f"There is no command {command!r}. See: python3 dev.py help")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        say(str(failure))
        sys.exit(2)
    except KeyboardInterrupt:
        say("Interrupted.")
        sys.exit(130)
