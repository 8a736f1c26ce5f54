"""What is shipped, named by its SHA-256."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from zdt_core.exceptions import Refused

PREFIX = "sha256:"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Shipped:
    """An artifact: its name, its SHA-256 in lower case, its size in bytes where it is known.

    Raises Refused: "artifact_name_malformed", "artifact_digest_malformed".
    """

    name: str
    sha256: str
    size: int | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", self.name):
            raise Refused("artifact_name_malformed", name=self.name[:120])
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise Refused("artifact_digest_malformed", name=self.name, digest=self.sha256[:80])


def read(text: str) -> Shipped:
    """What "NAME=PATH" (the file is read) or "NAME=sha256:HEX" stands for.

    Raises Refused: those of Shipped, "artifact_unreadable", "artifact_not_a_file".
    """
    name, equals, what = text.partition("=")
    if not equals or not what:
        raise Refused("artifact_malformed", text=text[:200])
    if what.startswith(PREFIX):
        return Shipped(name, what.removeprefix(PREFIX).lower())
    return _hash(name, Path(what))


def _hash(name: str, path: Path) -> Shipped:
    digest, size = hashlib.sha256(), 0
    try:
        if not path.is_file():
            path.stat()  # says why, where there is nothing at all
            raise Refused("artifact_not_a_file", name=name, path=str(path))
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        cause = getattr(error, "strerror", None) or str(error)
        raise Refused("artifact_unreadable", name=name, path=str(path), error=cause) from error
    return Shipped(name, digest.hexdigest(), size)
