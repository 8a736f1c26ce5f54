"""Exports for an auditor. That somebody exported is an entry, too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zdt_audit import reading
from zdt_audit.entries import record
from zdt_core import database
from zdt_core.events import Actor
from zdt_core.exceptions import Refused


def export(
    path: str | None, after: int, wanted: dict[str, str], standard_output: Any, actor: Actor
) -> int:
    """Write the entries that ``wanted`` selects to a new file, or to ``standard_output``.

    Returns how many. Raises Refused where the file exists or cannot be written.
    """
    count = last = 0
    with _opened(path, standard_output) as file:
        for entry in reading.oldest_first(reading.select(**wanted), after):
            file.write(reading.line(entry) + "\n")
            count, last = count + 1, entry.id
    facts = {"entries": count, "after": after, "last": last, "file": path or "", **wanted}
    with database.atomic():
        record("audit.exported", stream="audit:trail", actor=actor, facts=facts)
    return count


@contextmanager
def _opened(path: str | None, standard_output: Any) -> Iterator[Any]:
    if path is None:
        yield standard_output
        return
    try:
        with open(path, "x", encoding="utf-8") as file:
            try:
                yield file
            except BaseException:  # half an export is none, and would refuse the next try
                os.unlink(path)
                raise
    except FileExistsError:
        raise Refused("audit_export_exists", path=path) from None
    except OSError as error:
        cause = error.strerror or str(error)
        raise Refused("audit_export_unwritable", path=path, error=cause) from error
