"""Files that a proxy reads while the agent writes them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from zdt_core.exceptions import Refused

MODE = 0o644
"""The proxy reads it as another user."""


def write(path: Path, text: str) -> None:
    """Put ``text`` in the place of ``path``: whoever reads finds the old or the new, never a part.

    Raises Refused("proxy_file_not_written").
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text)
                file.flush()
                os.fchmod(handle, MODE)
                os.fsync(handle)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refused("proxy_file_not_written", path=str(path), error=reason) from error


def read(path: Path) -> str:
    """What is in ``path``; "" where it cannot be read."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
