"""Writing down whom to tell what, in the transaction of what happened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q

from zdt_core import database, jobs
from zdt_core.conf import conf as core
from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs import bell, queues
from zdt_core.notify import delivery
from zdt_core.notify.channels import channels
from zdt_core.notify.conf import conf
from zdt_core.notify.models import Notification
from zdt_core.notify.severity import Severity

DELIVER = "notify.deliver"
_LONGEST_KEY = 200
_Action, _State = Notification.Action, Notification.State


def send(
    kind: str,
    text: str,
    *,
    severity: Severity | str,
    key: str,
    facts: Mapping[str, Any] | None = None,
    url: str = "",
    why: str = "",
    cure: str = "",
    service: str | None = None,
    environment: str | None = None,
) -> list[Notification]:
    """Tell ``text`` to every channel that takes ``kind`` and ``severity``; returns the new rows.

    ``kind`` is "noun.adjective" such as "deployment.stuck", ``key`` names the trouble: what is told
    under it already, within ZDT_NOTIFY_WINDOW and not resolved since, only counts as a repetition.
    ``facts`` are JSON values, ``url`` the page to look at, ``why`` and ``cure`` sentences.
    Raises ConfigurationError where ZDT_NOTIFY cannot be read.
    """
    urgency = Severity(severity)
    values: dict[str, Any] = {
        "kind": kind,
        "key": shortened(key),
        "severity": urgency.value,
        "text": text,
        "why": why,
        "cure": cure,
        "facts": dict(facts or {}),
        "url": url[:500],
        "service": service or core.SERVICE,
        "environment": environment or core.ENVIRONMENT,
    }
    aliases = [channel.alias for channel in channels() if channel.takes(kind, urgency)]
    with database.atomic():
        newest = _newest(values["key"])
        fresh = [alias for alias in aliases if not _counted_as_repeat(newest.get(alias))]
        return [_post(channel=alias, **values) for alias in fresh]


def resolve(key: str, text: str, *, why: str = "") -> list[Notification]:
    """Tell those who were told of ``key`` that it is over. Nothing where it is not open."""
    with database.atomic():
        return [
            _post(
                channel=row.channel, kind=row.kind, key=row.key, action=_Action.RESOLVED,
                severity=row.severity, text=text, why=why, facts=row.facts, url=row.url,
                service=row.service, environment=row.environment,
            )
            for row in _newest(shortened(key)).values()
            if row.action == _Action.OPENED and row.state != _State.GIVEN_UP
        ]  # fmt: skip


def shortened(key: str) -> str:
    """``key`` within the column's length; a long one ends with its digest."""
    if len(key) <= _LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{key[: _LONGEST_KEY - 17]}:{digest}"


def _post(**values: Any) -> Notification:
    row: Notification = Notification.objects.create(**values)
    if _somebody_works():
        jobs.start(DELIVER, row.pk)
    else:
        database.on_commit(lambda: delivery.at_once(row.pk))
    return row


def _somebody_works() -> bool:
    """A site that only has flags or an audit trail needs no queue, and has the log."""
    try:
        bell.queue_config(queues.WORK)
    except ConfigurationError:
        return False
    return True


def _newest(key: str) -> dict[str, Any]:
    """The newest row of each channel, with ``recent``: younger than the window."""
    edge = database.Now() - timedelta(seconds=conf.NOTIFY_WINDOW)
    rows = Notification.objects.filter(key=key).order_by("channel", "-id").distinct("channel")
    recent = ExpressionWrapper(Q(created_at__gt=edge), output_field=BooleanField())
    return {row.channel: row for row in rows.annotate(recent=recent)}


def _counted_as_repeat(row: Any) -> bool:
    if row is None or row.action != _Action.OPENED or row.state == _State.GIVEN_UP:
        return False
    if not row.recent:
        return False
    Notification.objects.filter(pk=row.pk).update(repeats=F("repeats") + 1)
    return True
