"""Where a backfill stands, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from zdt_core import messages
from zdt_deploy.backfills.at_work import Lane
from zdt_deploy.backfills.models import Backfill

_STATES: dict[str, Callable[[], str]] = {
    Backfill.State.PLANNING: lambda: _("The ranges of %(table)s are being planned."),
    Backfill.State.RUNNING: lambda: _("It goes through the rows of %(table)s."),
    Backfill.State.PAUSED: lambda: _("It rests until somebody resumes it."),
    Backfill.State.SUCCEEDED: lambda: _("Every row of %(table)s is done."),
    Backfill.State.FAILED: lambda: _(
        "Not every row of %(table)s is done. Nothing that is done is lost."
    ),
    Backfill.State.CANCELLED: lambda: _("It was cancelled; what is done stays done."),
}


def describe(backfill: Backfill) -> str:
    """The sentence for ``backfill``: its state, and the reason that was stored with it."""
    stands = _STATES[backfill.state]() % {"table": backfill.table}
    return f"{stands} {messages.text(backfill.code, backfill.params)}".strip()


def failing(lanes: Sequence[Lane]) -> str:
    """What is so where every one of ``lanes`` failed last, and tries again."""
    first = lanes[0]
    facts = {"error": first.error.strip().rstrip(".") or "?", "again": first.said}
    return messages.text("backfill_failing", facts)


def stalled() -> str:
    """What to do where nobody works on it."""
    return messages.text("backfill_stalled")
