"""The events of deployments in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core.console.history import Entry

_WORDS = {
    "created": _("Recorded"),
    "started": _("Started"),
    "arrived": _("The share is reached"),
    "advanced": _("Advanced"),
    "held": _("Held"),
    "seen": _("Can be judged again"),
    "paused": _("Paused"),
    "resumed": _("Resumed"),
    "promoted": _("Promoted to everyone"),
    "rolled_back": _("Rolled back"),
    "retreated": _("One region went back"),
    "region_returned": _("The region is back"),
    "region_not_returned": _("The region is not back everywhere"),
    "orchestrator_deaf": _("The orchestrator does not hear"),
    "got_stuck": _("Got stuck"),
    "retried": _("Tried again"),
    "rollback_finished": _("Everyone is back"),
    "completed": _("Completed"),
    "cancelled": _("Cancelled"),
    "left_unjudged": _("Left unjudged"),
    "checked": _("Checklist recorded"),
    "item_ticked": _("Ticked"),
    "item_waived": _("Waived"),
    "item_withdrawn": _("Mark taken back"),
    "emergency_requested": _("Emergency asked for"),
    "emergency_approved": _("Emergency approved"),
    "emergency_declined": _("Emergency declined"),
    "emergency_reviewed": _("Emergency reviewed"),
    "review_overdue": _("Review overdue"),
    "called": _("Rollback drill"),
}
_LOOKS = {"rolled_back": "bad", "got_stuck": "bad", "held": "warn", "left_unjudged": "warn",
          "paused": "warn", "retreated": "bad", "orchestrator_deaf": "bad",
          "region_not_returned": "bad", "region_returned": "good",
          "emergency_requested": "warn", "emergency_approved": "warn",
          "review_overdue": "bad", "promoted": "good", "completed": "good"}  # fmt: skip


def words_of(kind: str) -> Any:
    """ "deployment.rolled_back" for people."""
    name = kind.partition(".")[2]
    return _WORDS.get(name, name.replace("_", " ") or kind)


def entry(event: Any) -> Entry:
    """An event of the history."""
    name = event.kind.partition(".")[2]
    look = "bad" if event.refused else _LOOKS.get(name, "busy")
    return Entry(event, words_of(event.kind), look, _change(event.before, event.after))


def _change(before: Any, after: Any) -> str:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    if "shares" in before and "shares" in after:
        return _by_region(before["shares"], after["shares"])
    old, new = before.get("share"), after.get("share")
    return f"{old} % → {new} %" if old is not None and new is not None and old != new else ""


def _by_region(before: dict[str, str], after: dict[str, str]) -> str:
    """The shares that changed, each with its region; "" is everywhere else."""
    pairs = [(name, old, after.get(name, after[""])) for name, old in before.items()]
    return ", ".join(
        f"{name or _('elsewhere')} {old} % → {new} %" for name, old, new in pairs if old != new
    )
