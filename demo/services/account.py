"""Who runs the programs that refuse to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.services.errors import ServicesError

STAND_INS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user of this machine; ``switch`` says whether we must become it."""

    name: str
    uid: int
    gid: int
    switch: bool

    @property
    def options(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run a program as this user."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Hand a file or folder of ours to this user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def may_enter(self, folder: Path) -> bool:
        """Whether the permission bits of ``folder`` and all its parents let this user through."""
        return all(self._passes(step) for step in (folder, *folder.parents))

    def _passes(self, folder: Path) -> bool:
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def ourselves() -> Account:
    """The user that we run as."""
    return Account("", os.geteuid(), os.getegid(), switch=False)


def unprivileged() -> Account:
    """Ourselves, or as root the first stand-in that exists here."""
    if os.geteuid() != 0:
        return ourselves()
    for name in STAND_INS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, found.pw_uid, found.pw_gid, switch=True)
    raise ServicesError(
        "PostgreSQL refuses to run as root, and this machine has neither a user 'postgres' nor "
        "'nobody'. Create one (useradd --system postgres), run as an ordinary user, or set "
        "DATABASE_URL to a server of your own."
    )
