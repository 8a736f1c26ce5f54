"""Reading the trail in pieces, however long it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Max

from zdt_audit.models import Entry

_PIECE = 1000


def select(stream: str = "", kind: str = "", actor: str = "") -> Any:
    """Entries, newest first; each filter that is not empty holds exactly."""
    wanted = {"stream": stream, "kind": kind, "actor": actor}
    return Entry.objects.filter(**{name: value for name, value in wanted.items() if value})


def oldest_first(entries: Any, after: int = 0) -> Iterator[Entry]:
    """``entries`` with an id beyond ``after``, as far as they were there at the beginning.

    In pieces by the key: no open cursor, no growing offset.
    """
    last = entries.aggregate(last=Max("id"))["last"] or 0
    while piece := list(entries.filter(id__gt=after, id__lte=last).order_by("id")[:_PIECE]):
        yield from piece
        after = piece[-1].id


def line(entry: Entry) -> str:
    """An entry as a line of an export: its number here, and the text that its hash is taken of."""
    return json.dumps({"id": entry.id, "canon": entry.canon}, ensure_ascii=False)
