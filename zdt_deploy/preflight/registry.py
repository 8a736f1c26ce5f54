"""Which items there are: those of zdt, and a site's own.

A site registers its own in the `ready` of an app::

    @preflight.item("queue_is_short", "The queue is short", phase="before")
    def queue_is_short(deployment):
        jobs = count()
        return preflight.passed() if jobs < 100 else preflight.failed("queue_long", jobs=jobs)

    preflight.by_hand("support_knows", "Support knows of the release", how="Ask in #support.")

The function gets the deployment, one that is only planned too, and is asked inside the transaction
that starts it: let it take a second at most. One that raises is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import results
from zdt_deploy.preflight.phases import ORDER, Phase
from zdt_deploy.preflight.results import Seen

Look = Callable[[Deployment], Seen]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Item:
    """``phase`` is the list that it stands on, ``since`` the phase from which on it can be told.

    What can be told before the first traffic counts then, whatever list it is on. ``by_hand``: a
    person's tick counts where the software cannot see. It counts for later deployments of the
    service, too, for ``keeps_days``. ``changed_at`` says when that changed which marks are about:
    older ones count no more.
    """

    name: str
    title: Any
    phase: Phase
    since: Phase
    look: Look
    by_hand: bool = False
    keeps_days: float = 0
    changed_at: Callable[[Deployment], datetime | None] | None = None

    def has_changed(self, deployment: Deployment, since: datetime) -> bool:
        """Whether that has changed ``since`` which its marks are about."""
        changed = self.changed_at(deployment) if self.changed_at else None
        return changed is not None and changed > since


_items: dict[str, Item] = {}


def item(
    name: str,
    title: Any,
    *,
    phase: str = Phase.BEFORE,
    since: str | None = None,
    by_hand: bool = False,
    keeps_days: float = 0,
    changed_at: Callable[[Deployment], datetime | None] | None = None,
) -> Callable[[Look], Look]:
    """Register an item of the list ``phase``; one of the same name is replaced."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"“{name}” cannot name an item: small letters, digits and underscores.")

    def register(look: Look) -> Look:
        _items[name] = Item(
            name, title, Phase(phase), Phase(since or phase), look, by_hand, keeps_days, changed_at
        )
        return look

    return register


def by_hand(
    name: str,
    title: Any,
    *,
    how: Any,
    phase: str = Phase.BEFORE,
    since: str | None = None,
    keeps_days: float = 0,
) -> None:
    """Register an item that only a person can tick; ``how`` says what to look at."""

    def look(deployment: Deployment) -> Seen:
        return results.unknown("preflight_by_hand", how=str(how))

    item(name, title, phase=phase, since=since, by_hand=True, keeps_days=keeps_days)(look)


def leave_out(name: str) -> None:
    """Take an item off the lists of this site, where it means nothing."""
    _items.pop(name, None)


def items() -> list[Item]:
    """Every item, list by list."""
    return sorted(_items.values(), key=lambda each: ORDER.index(each.phase))


def find(name: str) -> Item | None:
    return _items.get(name)
