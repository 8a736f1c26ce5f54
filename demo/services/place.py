"""The folder of one run: short, private, and swept up even after its keeper was killed."""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from demo.services.account import Account
from demo.services.errors import ServicesError, explained

LONGEST_SOCKET = "zdt-4294967295-abcdefgh/pgbouncer/.s.PGSQL.65535"
SOCKET_LIMIT = 103 if sys.platform == "darwin" else 107  # bytes of a unix socket's path


class Place:
    """A folder with a lock that lives exactly as long as the process that made it."""

    def __init__(self, account: Account) -> None:
        parent = _parent(account)
        sweep(parent)
        try:
            self.path = Path(tempfile.mkdtemp(prefix=_prefix(), dir=parent))
            self.path.chmod(0o711)  # the unprivileged user passes through to its own folder
            self._lock = _locked(self.path)
        except OSError as error:
            raise explained("There is no folder for the services.", str(error), parent) from error

    def folder(self, name: str, owner: Account | None = None) -> Path:
        """A private folder inside, made on first use and handed to ``owner``."""
        path = self.path / name
        if not path.exists():
            path.mkdir(mode=0o700)
            if owner is not None:
                owner.own(path)
        return path

    def remove(self) -> None:
        """Take the folder away; somebody may still be writing while it goes."""
        for _attempt in range(20):
            shutil.rmtree(self.path, ignore_errors=True)
            if not self.path.exists():
                break
        os.close(self._lock)


def sweep(parent: Path) -> None:
    """Remove what a killed keeper of ours left behind: a lock that nobody holds tells it."""
    for path in parent.glob(f"{_prefix()}*"):
        with suppress(OSError):
            if path.lstat().st_uid != os.geteuid():
                continue
            lock = os.open(path / "lock", os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _prefix() -> str:
    return f"zdt-{os.geteuid()}-"


def _locked(path: Path) -> int:
    """Lock first, name second: a lock that can be seen was held from its first moment."""
    lock = os.open(path / "lock.new", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.rename(path / "lock.new", path / "lock")
    return lock


def _parent(account: Account) -> Path:
    for parent in _candidates():
        fits = len(os.fsencode(parent / LONGEST_SOCKET)) <= SOCKET_LIMIT
        if fits and account.may_enter(parent):
            return parent
    raise ServicesError(
        "No folder for temporary files has a path short enough for a unix socket and lets "
        f"{account.name or 'you'} in. Set TMPDIR to one, /tmp for example."
    )


def _candidates() -> Iterator[Path]:
    try:
        yield Path(tempfile.gettempdir()).resolve()
    except FileNotFoundError as error:  # every candidate of `tempfile` is full or closed to us
        raise explained(
            "No folder takes temporary files.", "No space left on device", "TMPDIR"
        ) from error
    if os.access("/tmp", os.W_OK):  # noqa: S108 -- a private folder is made inside
        yield Path("/tmp").resolve()  # noqa: S108
