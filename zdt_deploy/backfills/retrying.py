"""Whether what a backfill has left may still be done, and what is to be done instead."""

from __future__ import annotations

import shlex

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import kinds
from zdt_deploy.backfills.models import Backfill


def check(backfill: Backfill) -> None:
    """Raise Refused where doing what is left of it would be wrong by now.

    A newer one of the same name may have done it, and otherwise; the kind of work knows the rest.
    """
    name = backfill.name
    others = Backfill.objects.filter(name=name).exclude(pk=backfill.pk)
    if others.filter(state__in=Backfill.LIVE).exists():
        raise Refused("backfill_lives_already", name=name)
    newer = others.filter(pk__gt=backfill.pk).order_by("-pk").first()
    if newer is not None:
        raise Refused("backfill_superseded", name=name, newer=newer.pk, again=typed("show", name))
    work = kinds.find(backfill.kind, backfill.spec)
    if work is not None:
        work.check_retry(backfill)


def refusal(backfill: Backfill) -> Refused | None:
    """Why a retry would be wrong by now; None where it is right."""
    try:
        check(backfill)
    except Refused as refused:
        return refused
    return None


def command(backfill: Backfill) -> str:
    """What to type to have what is left done."""
    refused = refusal(backfill)
    if refused is None:
        return typed("retry", backfill.name)
    return str(refused.params.get("again") or typed("show", backfill.name))


def typed(word: str, name: str) -> str:
    """``word`` for a backfill, as one types it."""
    return f"manage.py zdt_backfill {word} {shlex.quote(name)}"
