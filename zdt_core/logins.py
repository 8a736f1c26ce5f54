"""Who runs this process, as the operating system knows it. The environment is not asked: anybody
writes into LOGNAME what they like."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

UNKNOWN = "unknown"
_SIGNED_IN = Path("/proc/self/loginuid")
_NOBODY = 2**32 - 1


def current() -> str:
    """The login of this process; "unknown" where its user has no name, as in some containers."""
    return _name(os.getuid()) or UNKNOWN


def signed_in() -> str:
    """The login that the session began with, which Linux keeps through `su` and `sudo`; "" where
    nobody can tell."""
    try:
        uid = int(_SIGNED_IN.read_text())
    except (OSError, ValueError):
        return ""
    return "" if uid == _NOBODY else _name(uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
