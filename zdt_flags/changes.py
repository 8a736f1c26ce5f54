"""Every change of a flag: checked, counted by its revision, told as an event, then published.

All functions take ``actor`` and ``reason`` for the event, which is written in the transaction of
the change. They raise Refused, and Stale where ``expected_revision`` is no longer the flag's; then
nothing was changed. The edges (admin, HTTP, command) note refusals by `refusals_noted`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from zdt_core import buckets, database, events
from zdt_core.events import Actor
from zdt_core.exceptions import Refused, Stale
from zdt_flags import targets
from zdt_flags.facts import facts_of
from zdt_flags.keeper import keeper
from zdt_flags.models import Flag

CREATED, DELETED = "flag.created", "flag.deleted"
EVENTS = {
    "flag.enabled": ("enabled",),
    "flag.disabled": ("enabled",),
    "flag.percentage_set": ("percentage",),
    "flag.targets_set": ("allow", "deny"),
    "flag.edited": ("salt", "description", "owner"),
}
"""What the parts of a change are called, and which facts their events hold, before and after."""

_BESIDE = {"flag.enabled": ("percentage",)}
"""What an event holds, too: to whom the flag is given by it."""


def create(name: str, *, actor: Actor, reason: str = "", **facts: Any) -> Flag:
    """Make a flag with ``facts`` as in `change`; it is off unless ``enabled=True`` is given."""
    try:
        Flag._meta.get_field("name").clean(name, None)
    except ValidationError:
        raise Refused("flag_name", flag=name[:40]) from None
    with database.atomic():
        try:
            with database.atomic():
                flag: Flag = Flag.objects.create(name=name)
        except IntegrityError:
            raise Refused("flag_exists", flag=name) from None
        _set(flag, **facts)
        flag.save()
        _tell(CREATED, name, None, facts_of(flag), actor, reason)
    return flag


def change(
    name: str, *, actor: Actor, reason: str = "", expected_revision: int | None = None, **facts: Any
) -> Flag:
    """Change any of enabled, percentage (None: everyone), allow, deny, salt, description, owner.

    What is already so is no change: it leaves no event and no new revision.
    """
    with database.atomic():
        flag = _lock(name, expected_revision)
        before = facts_of(flag)
        _set(flag, **facts)
        after = facts_of(flag)
        if after != before:
            flag.revision += 1
            flag.updated_at = database.Now()
            flag.save()
            flag.refresh_from_db()
            for kind in _kinds(before, after):
                told = (*EVENTS[kind], *_BESIDE.get(kind, ()))
                old, new = ({key: side[key] for key in told} for side in (before, after))
                _tell(kind, name, old, new, actor, reason)
    return flag


def set_percentage(name: str, percentage: Any, **who: Any) -> Flag:
    """Give the flag to ``percentage`` of all users: 0 to 100, None for everyone."""
    return change(name, percentage=percentage, **who)


def enable(name: str, **who: Any) -> Flag:
    """Let the flag's rules decide."""
    return change(name, enabled=True, **who)


def disable(name: str, **who: Any) -> Flag:
    """The kill switch: off for everyone, whatever else the flag says."""
    return change(name, enabled=False, **who)


def delete(
    name: str, *, actor: Actor, reason: str = "", expected_revision: int | None = None
) -> None:
    """Remove a flag; code that still asks it gets its default."""
    with database.atomic():
        flag = _lock(name, expected_revision)
        before = facts_of(flag)
        flag.delete()
        _tell(DELETED, name, before, None, actor, reason)


@contextmanager
def refusals_noted(kind: str, name: str, actor: Actor, reason: str = "") -> Iterator[None]:
    """Around calls from here, outside of any transaction: a refused attempt leaves an event, too.

    The Refused goes on to the caller.
    """
    try:
        yield
    except Refused as refusal:
        note_refusal(kind, name, actor, refusal, reason)
        raise


def note_refusal(kind: str, name: str, actor: Actor, refusal: Refused, reason: str = "") -> None:
    """Record that ``actor`` was turned away; nothing was changed."""
    events.refused(kind, subject=("flag", name[:200]), actor=actor, refusal=refusal, reason=reason)


def _lock(name: str, expected_revision: int | None) -> Flag:
    flag: Flag | None = Flag.objects.select_for_update().filter(name=name).first()
    if flag is None:
        raise Refused("flag_unknown", flag=name[:200])
    if expected_revision is not None and expected_revision != flag.revision:
        raise Stale("flag_stale", flag=name, expected=expected_revision, actual=flag.revision)
    return flag


def _set(flag: Flag, **facts: Any) -> None:
    for name, value in facts.items():
        if name == "percentage":
            flag.percentage = _percentage(value)
        elif name in ("allow", "deny"):
            continue
        elif name in ("enabled", "salt", "description", "owner"):
            setattr(flag, name, value)
        else:
            raise TypeError(f"A flag has no {name}.")
    targets.replace(flag, allow=facts.get("allow"), deny=facts.get("deny"))


def _percentage(given: Any) -> Decimal | None:
    if given is None:
        return None
    try:
        exact = Decimal(str(given).strip())  # refuses True and False, too
        buckets.threshold(exact)
    except (ArithmeticError, ValueError):
        raise Refused("flag_percentage", percentage=str(given)[:40]) from None
    return exact


def _kinds(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """The events of a change."""
    skipped = "flag.disabled" if after["enabled"] else "flag.enabled"
    for kind, names in EVENTS.items():
        if kind != skipped and any(before[name] != after[name] for name in names):
            yield kind


def _tell(kind: str, name: str, before: object, after: object, actor: Actor, reason: str) -> None:
    events.record(
        kind, subject=("flag", name), actor=actor, before=before, after=after, reason=reason
    )
    database.on_commit(keeper.changed)
