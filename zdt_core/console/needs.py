"""What waits for a person, gathered from every room.

A room registers a source in its app's `ready`::

    @needs.source
    def stuck_rollbacks(request, board):
        return [Need("bad", _("2.0 is stuck."), url)]

"bad" needs somebody now, "warn" is a decision that can wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from zdt_core.console.board import Board

logger = logging.getLogger("zdt.console")


@dataclass(frozen=True, slots=True)
class Need:
    """``look`` is "bad" or "warn", ``cure`` what to do, ``url`` where, "" without a page.

    Of two with the same look, that with the greater ``weight`` comes first.
    """

    look: str
    text: str
    url: str = ""
    cure: str = ""
    weight: int = 0


Source = Callable[[HttpRequest, Board], Iterable[Need]]
_sources: dict[str, Source] = {}
told_here: set[str] = set()
"""Codes of the doctor's findings that a source says itself, with a link."""


def source(function: Source) -> Source:
    """Register ``function`` under its full name."""
    _sources[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def gather(request: HttpRequest, board: Board) -> list[Need]:
    """Everything that waits, the urgent first. A source that fails is itself urgent."""
    found: list[Need] = []
    for name, function in _sources.items():
        try:
            found += function(request, board)
        except Exception:
            logger.exception("%s could not be asked", name)
            found.append(
                Need("bad", _("Nobody can say what waits: %s failed; see the log.") % name)
            )
    return sorted(found, key=lambda need: (need.look != "bad", -need.weight))
