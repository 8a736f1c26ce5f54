"""A machine that has never seen the checkout: an environment with the wheel, and new projects."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

import dev
from demo.services import Services
from demo.services.children import tied_to_us
from tests.elsewhere import readme
from tests.system.drill import eventually, kill

INSPECTOR = Path(__file__).with_name("inspector.py")
DATABASE = """
import os

DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "{name}",  # host, user and password come from PGHOST and so on
    }}
}}
"""
START_SECONDS = 60.0


def uv(*arguments: object) -> str:
    """What uv printed, with the package index that pip was told."""
    done = subprocess.run(
        [str(dev.UV), "--quiet", *map(str, arguments)],
        env=dev.uv_environment(), cwd="/", capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


class Place:
    """A folder outside of the checkout with a virtual environment of its own."""

    def __init__(self, folder: Path, python: str | None = None) -> None:
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"
        self._base = python or dev.base_python()

    @property
    def packages(self) -> Path:
        return next(self.folder.glob("venv/lib/python*/site-packages"))

    def build(self) -> Self:
        """The wheel and the source distribution, in ``dist``, and an empty environment."""
        uv("build", "--out-dir", self.folder / "dist", dev.ROOT)
        uv("venv", "--python", self._base, self.folder / "venv")
        return self

    @property
    def wheel(self) -> Path:
        return next(self.folder.glob("dist/*.whl"))

    def install(self, *packages: str, extra: str = "") -> None:
        """The wheel and ``packages``, in the versions that the project is tested with."""
        pins = ("--constraint", dev.ROOT / "constraints.txt")
        uv("pip", "install", "--python", self.python, *pins, f"{self.wheel}{extra}", *packages)

    def run(self, *words: object, cwd: Path | None = None, **environment: str) -> str:
        """What a program of the environment printed on both outputs; it must succeed."""
        code, output = self.attempt(*words, cwd=cwd, **environment)
        assert code == 0, f"{words}\n{output}"
        return output

    def attempt(
        self, *words: object, cwd: Path | None = None, **environment: str
    ) -> tuple[int, str]:
        """The exit code, and what was printed on both outputs."""
        done = subprocess.run(
            [str(self.python.with_name(str(words[0]))), *map(str, words[1:])],
            cwd=cwd or self.folder, env=self.environment() | environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout

    def environment(self) -> dict[str, str]:
        """A plain shell's, in which the virtual environment is active."""
        kept = ("HOME", "LANG", "PYTHONPYCACHEPREFIX", "SYSTEMROOT", "TMPDIR")
        path = f"{self.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {name: os.environ[name] for name in kept if name in os.environ} | {"PATH": path}


class Project:
    """A project made by `django-admin startproject`, with a database and a Redis of its own.

    At the end every process of it is killed, and the databases are dropped.
    """

    def __init__(self, place: Place, services: Services, name: str, number: int = 0) -> None:
        self.place, self.services, self.name = place, services, name
        self.folder = place.folder / name
        self.settings = self.folder / "shop" / "settings.py"
        self.urls = self.folder / "shop" / "urls.py"
        self._redis = f"{services.redis_url.rpartition('/')[0]}/{number % 16}"
        self._started: list[subprocess.Popen[bytes]] = []
        self._databases: list[str] = []

    def __enter__(self) -> Self:
        self.folder.mkdir()
        self.place.run("django-admin", "startproject", "shop", ".", cwd=self.folder)
        self.append(self.settings, DATABASE.format(name=self.database(self.name)))
        return self

    def database(self, name: str) -> str:
        """A new database; its name."""
        with psycopg.connect(self.services.database_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        self._databases.append(name)
        return name

    def append(self, path: Path, text: str) -> None:
        path.write_text((path.read_text() if path.exists() else "") + "\n" + text)

    def follow_the_readme(self, apps: tuple[str, ...] = readme.APPS) -> None:
        """The blocks that README.md says where to put."""
        self.append(self.settings, readme.settings(apps))
        self.append(self.urls, readme.urls(apps))
        self.append(self.folder / "gunicorn.conf.py", readme.gunicorn())

    def manage(self, *words: str, code: int = 0, **environment: str) -> str:
        found, output = self.place.attempt(
            "python", "-W", "error::DeprecationWarning:zdt_core", "manage.py", *words,
            cwd=self.folder, **self.environment() | environment,
        )  # fmt: skip
        assert found == code, f"{words} ended with {found}:\n{output}"
        return output

    def inspect(self, *words: str, **environment: str) -> str:
        """Run ``inspector.py`` in the project, which looks at every page as a superuser."""
        shutil.copy(INSPECTOR, self.folder)
        return self.place.run(
            "python", "-W", "error::DeprecationWarning", "inspector.py", *words,
            cwd=self.folder, **self.environment() | environment,
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        """Where the servers are, by the names that PostgreSQL's own programs use."""
        from psycopg.conninfo import conninfo_to_dict

        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        parts = conninfo_to_dict(self.services.database_url)
        found = {names[key]: str(value) for key, value in parts.items() if key in names}
        return self.place.environment() | found | {"REDIS_URL": self._redis}

    def start(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a program of the environment that goes on; its output goes to a log."""
        log = self.folder / f"{len(self._started)}-{words[0]}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(self.place.python.with_name(words[0])), *words[1:]],
                cwd=self.folder, env=self.environment() | environment,
                stdout=output, stderr=output, preexec_fn=tied_to_us(15),
            )  # fmt: skip
        self._started.append(process)
        return process

    def web(self, release: str) -> int:
        """Start gunicorn with that release; its port."""
        port = free_port()
        self.start("gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "shop.wsgi",
                   ZDT_VERSION=release)  # fmt: skip
        return port

    def logs(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in logs)

    def eventually(self, condition: Any, what: str, within: float = START_SECONDS) -> Any:
        try:
            return eventually(condition, what, within)
        except AssertionError as error:
            error.add_note(self.logs())
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._started:
            for pid in children(process.pid):
                kill(pid)
            process.kill()
            process.wait()
        with psycopg.connect(self.services.database_url, autocommit=True) as connection:
            for name in self._databases:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def children(pid: int) -> list[int]:
    try:
        listing = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in listing.split()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
