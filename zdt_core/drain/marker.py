"""The file whose existence makes a whole server drain, all of its processes at once.

Anything may make it: the server's master at SIGTERM, a command, an endpoint, or `touch`. It holds
when the drain began, by the monotonic clock that all processes of a host share.

Notices lie beside it: what an operator did, for one process of the server to put on record, because
those who do it may have no database. No Django setting is needed here, for a server's master has
none.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

VARIABLE = "ZDT_DRAIN_FILE"


def default_path(name: str, owner: int | None = None) -> Path:
    """A path of our own under the temporary directory, for the server called ``name``.

    ``owner`` is the user id that the server's processes run as.
    """
    folder = f"zdt-{os.geteuid() if owner is None else owner}"
    return Path(tempfile.gettempdir()) / folder / f"{name}.drain"


def raise_(path: Path, *, actor: tuple[str, str], reason: str) -> bool:
    """Begin a drain; False when one is going on already. Raises OSError if it can't be written."""
    prepare(path)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        json.dump({"began": time.monotonic(), "reason": reason}, file)
    _leave_notice(path, "drain.started", actor, reason)
    return True


def lower(path: Path, *, actor: tuple[str, str], reason: str) -> bool:
    """End a drain; False when there was none. Raises OSError if it can't be removed."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    _leave_notice(path, "drain.cancelled", actor, reason)
    return True


def prepare(path: Path, owner: int | None = None) -> None:
    """Make the folder, for nobody but ``owner`` (our user by default) to write."""
    if path.parent.exists():
        return
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if owner is not None and owner != os.geteuid():
        os.chown(path.parent, owner, -1)


def clear(path: Path) -> None:
    """Remove the file and its notices; for the server's first and last moment."""
    path.unlink(missing_ok=True)
    for notice in path.parent.glob(f"{path.name}.*.notice"):
        notice.unlink(missing_ok=True)


def began(path: Path) -> float | None:
    """The monotonic time at which the drain began, None where the file does not tell."""
    try:
        told = json.loads(path.read_text())["began"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # made by `touch`
    return float(told) if isinstance(told, int | float) else None


def is_trusted(path: Path) -> bool:
    """True when nobody but us or root can have made a file in a folder anybody can name."""
    try:
        folder = os.lstat(path.parent)
    except OSError:
        return False
    ours = folder.st_uid in (os.geteuid(), 0)
    return stat.S_ISDIR(folder.st_mode) and ours and not folder.st_mode & 0o022


def notices(path: Path) -> Iterator[dict[str, Any]]:
    """Take each notice that lies beside ``path``; of several takers one gets it."""
    for file in sorted(path.parent.glob(f"{path.name}.*.notice")):
        try:
            notice = json.loads(file.read_text())
            file.unlink()
        except (FileNotFoundError, ValueError):
            continue
        yield notice


def put_back(path: Path, notice: dict[str, Any]) -> None:
    """Leave a notice that could not be put on record for later."""
    name = f"{path.name}.{time.monotonic_ns():020d}{secrets.token_hex(2)}"
    draft = path.parent / f"{name}.draft"
    draft.write_text(json.dumps(notice))
    draft.rename(path.parent / f"{name}.notice")


def _leave_notice(path: Path, kind: str, actor: tuple[str, str], reason: str) -> None:
    with suppress(OSError):  # the drain itself matters more than its record
        put_back(path, {"kind": kind, "actor": actor, "reason": reason})
