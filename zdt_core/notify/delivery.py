"""Takes one row of the outbox to its channel: at least once, in the order of its key.

The attempt is counted before the call and its outcome written after it, each in a commit of its
own. Whoever is killed between the two leads to a repetition, which PagerDuty joins by its key,
mailboxes by the Message-ID, and people by the reference.
"""

from __future__ import annotations

import logging
from datetime import UTC, timedelta
from typing import Any

from django.db import Error as DatabaseError
from django.db.models import F

from zdt_core import database, events, jobs
from zdt_core.exceptions import ConfigurationError, LeaseLost
from zdt_core.notify.channels import channel
from zdt_core.notify.conf import conf
from zdt_core.notify.errors import Undelivered
from zdt_core.notify.letter import Letter
from zdt_core.notify.models import Notification
from zdt_core.notify.severity import Severity

logger = logging.getLogger("zdt.notify")
ACTOR = events.Actor.system("notify")
BEHIND_SECONDS = 3.0
"""How long a row waits before it looks again whether an earlier one of its key is out."""

LONGEST_RETRY_AFTER = 3600.0
_State = Notification.State


def deliver(work: jobs.Slice) -> jobs.Then:
    """A slice for the row ``work.key``."""
    row = _prepare(work)
    if row is None:
        return jobs.done()
    if _earlier(row).filter(state=_State.WAITING).exists():
        return jobs.after(BEHIND_SECONDS)
    error = _attempt(row)
    with work.commit() as save:
        then = _conclude(row, error)
        save(then=then)
    return then


def at_once(pk: int) -> None:
    """Tell the channel here and now, once; for a site whose queues nobody serves."""
    try:
        row: Notification = Notification.objects.get(pk=pk)
        error = _attempt(row)
        with database.atomic():
            if error is None:
                _write(row, state=_State.DELIVERED, delivered_at=database.Now(), attempts=1)
            else:
                _give_up(row, _text(row, error))
    except DatabaseError as trouble:
        logger.warning("Nobody knows whether notification %s was told: %s", pk, trouble)


def letter(row: Notification) -> Letter:
    """What the row's channel is told."""
    return Letter(
        ref=f"zdt-{row.environment}-{row.pk}",
        kind=row.kind,
        key=row.key,
        severity=Severity(row.severity),
        text=row.text,
        why=row.why,
        cure=row.cure,
        facts=row.facts,
        url=row.url,
        service=row.service,
        environment=row.environment,
        resolved=row.action == Notification.Action.RESOLVED,
        at=row.created_at.astimezone(UTC),
    )


def _prepare(work: jobs.Slice) -> Notification | None:
    """The row with its attempt counted, or None where nothing is left to do."""
    with work.commit():
        rows = Notification.objects.select_for_update().filter(pk=work.key, state=_State.WAITING)
        row: Notification | None = rows.first()
        if row is None:
            return None
        if _was_told(row):
            _write(row, state=_State.MERGED)
            return None
        if row.attempts >= conf.NOTIFY_ATTEMPTS:  # its last attempt never came back
            _give_up(row, row.last_error)
            return None
        if not _earlier(row).filter(state=_State.WAITING).exists():
            _write(row, attempts=F("attempts") + 1)
            row.attempts += 1
    return row


def _earlier(row: Notification) -> Any:
    return Notification.objects.filter(key=row.key, channel=row.channel, pk__lt=row.pk)


def _was_told(row: Notification) -> bool:
    """Two transactions may have written the same at once; the second row is a repetition."""
    last = _earlier(row).exclude(state__in=(_State.WAITING, _State.GIVEN_UP)).first()
    if last is None or last.action != row.action or row.attempts:
        return False
    if row.created_at - last.created_at > timedelta(seconds=conf.NOTIFY_WINDOW):
        return False
    Notification.objects.filter(pk=last.pk).update(repeats=F("repeats") + 1)
    return True


def _attempt(row: Notification) -> Exception | None:
    """Tell the channel. Returns what went wrong."""
    try:
        channel(row.channel).connect().deliver(letter(row))
    except (DatabaseError, LeaseLost):
        raise
    except Exception as error:  # whatever a backend raises: the row says what, and why not
        return error
    return None


def _conclude(row: Notification, error: Exception | None) -> jobs.Then:
    if error is None:
        _write(row, state=_State.DELIVERED, delivered_at=database.Now(), last_error="")
        return jobs.done()
    text = _text(row, error)
    logger.warning("Notification %s did not reach %s: %s", row.pk, row.channel, text)
    if row.attempts >= conf.NOTIFY_ATTEMPTS or (isinstance(error, Undelivered) and error.final):
        _give_up(row, text)
        return jobs.done()
    _write(row, last_error=text)
    return jobs.after(_pause(row, error))


def _pause(row: Notification, error: Exception) -> float:
    asked = error.retry_after if isinstance(error, Undelivered) else None
    if asked is not None:
        return min(max(asked, 1.0), LONGEST_RETRY_AFTER)
    return float(min(conf.NOTIFY_RETRY_SECONDS, 2 ** min(row.attempts, 30)))


def _give_up(row: Notification, error: str) -> None:
    attempts = row.attempts
    _write(row, state=_State.GIVEN_UP, last_error=error)
    events.record(
        "notification.given_up",
        subject=("notification", row.pk),
        actor=ACTOR,
        after={"kind": row.kind, "channel": row.channel},
        code="notification_given_up",
        params={"channel": row.channel, "attempts": attempts, "error": error},
        service=row.service,
        environment=row.environment,
    )


def _text(row: Notification, error: Exception) -> str:
    """The error without the channel's secrets; what our own settings say never holds one."""
    if isinstance(error, ConfigurationError):
        return str(error)
    known = type(error).__module__.startswith("zdt_core.")
    text = str(error) if known else f"{type(error).__name__}: {error}"
    try:
        text = channel(row.channel).scrubbed(text)
    except Exception as trouble:  # an entry that cannot be read may hold the secret
        text = f"{type(trouble).__name__}: ZDT_NOTIFY[{row.channel!r}] cannot be read."
    return text[:1000]


def _write(row: Notification, **values: Any) -> None:
    Notification.objects.filter(pk=row.pk).update(**values)
