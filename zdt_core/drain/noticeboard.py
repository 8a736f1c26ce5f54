"""A page of memory that a master and its forked workers share.

A server's master has no Django settings (it loads the site only in its workers, so that a reload
takes new code), yet it is the one that hears SIGTERM. Workers write here what it needs to know.
"""

from __future__ import annotations

import json
import mmap
from typing import Any

_SIZE = 4096


class Noticeboard:
    """Holds one small JSON object; the last writer wins."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, _SIZE)

    def write(self, facts: dict[str, Any]) -> None:
        """Raises ValueError when it does not fit."""
        text = json.dumps(facts).encode()
        if len(text) >= _SIZE:
            raise ValueError("This is more than a page holds.")
        self._page[: len(text) + 1] = text + b"\0"

    def read(self) -> dict[str, Any]:
        """What was written; empty before that."""
        text = self._page[:].partition(b"\0")[0]
        try:
            found = json.loads(text) if text else {}
        except ValueError:  # caught in the middle of a write
            found = {}
        return dict(found)
