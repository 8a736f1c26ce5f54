"""Which events people are told of: one table per app, and the receiver that follows it.

An app registers its table in `ready`::

    notify.register(TOPICS, facts=facts_of, page=page_of)

A topic's ``title`` and ``cure`` are sentences with fields from ``facts_of(event)``; the *why* is
the event's own sentence; ``page_of(event)`` is the path of an admin page, or "". It is
written in the event's transaction. Whatever goes wrong with it is logged, and stops nothing: a
release has to go back also when nobody can be told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import translation

from zdt_core import database
from zdt_core.events import Event
from zdt_core.notify import outbox
from zdt_core.notify.conf import conf
from zdt_core.notify.severity import Severity

logger = logging.getLogger("zdt.notify")
Facts = Callable[[Event], dict[str, Any]]
Page = Callable[[Event], str]


@dataclass(frozen=True, slots=True)
class Burst:
    """So many events within so many seconds, of whatever subject."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class On:
    """Events of ``kind``; with ``codes`` only those of one of them; ``refused`` are attempts that
    were turned away, ``by`` kinds of actors (any if empty)."""

    kind: str
    codes: tuple[str, ...] = ()
    refused: bool = False
    by: tuple[str, ...] = ()
    burst: Burst | None = None

    def matches(self, event: Event) -> bool:
        return (
            event.kind == self.kind
            and event.refused == self.refused
            and (not self.codes or event.code in self.codes)
            and (not self.by or event.actor_kind in self.by)
            and (self.burst is None or self._is_burst(event, self.burst))
        )

    def _is_burst(self, event: Event, burst: Burst) -> bool:
        edge = database.Now() - timedelta(seconds=burst.seconds)
        same = Event.objects.filter(kind=event.kind, refused=event.refused, at__gt=edge)
        if self.codes:
            same = same.filter(code__in=self.codes)
        return bool(same[: burst.count].count() >= burst.count)


@dataclass(frozen=True, slots=True)
class Topic:
    """A trouble (or good news) that people are told of, and what ends it.

    ``over`` is what they are told at its end; the title again if it is empty.
    """

    kind: str
    severity: Severity
    title: Any
    cure: Any
    opens: tuple[On, ...]
    resolves: tuple[On, ...] = ()
    per_subject: bool = True
    over: Any = ""

    def key(self, event: Event) -> str:
        place = f"{self.kind}:{event.environment}:{event.service}"
        return f"{place}:{event.subject_id}" if self.per_subject else place


@dataclass(frozen=True, slots=True)
class _Table:
    topics: tuple[Topic, ...]
    facts: Facts
    page: Page


_tables: list[_Table] = []


def register(topics: Iterable[Topic], *, facts: Facts, page: Page) -> None:
    """Add an app's table."""
    _tables.append(_Table(tuple(topics), facts, page))


def registered() -> list[Topic]:
    """Every topic of every app."""
    return [topic for table in _tables for topic in table.topics]


def tell(sender: Any, event: Event, **kwargs: Any) -> None:
    """Receiver of `zdt_core.events.event_recorded`: tell and resolve what the tables say."""
    for table, topic, opens in list(_concerned(event)):
        try:
            with database.atomic(), translation.override(settings.LANGUAGE_CODE):
                _tell(table, topic, event, opens)
        except (OperationalError, InterfaceError):
            raise  # the transaction has to start again, and what it tells with it
        except Exception:
            logger.exception("Nobody is told of %s (%s)", event, topic.kind)


def _concerned(event: Event) -> Iterator[tuple[_Table, Topic, bool]]:
    for table in _tables:
        for topic in table.topics:
            if any(on.matches(event) for on in topic.resolves):
                yield table, topic, False
            if any(on.matches(event) for on in topic.opens):
                yield table, topic, True


def _tell(table: _Table, topic: Topic, event: Event, opens: bool) -> None:
    facts = {"environment": event.environment, "service": event.service, **table.facts(event)}
    if not opens:
        over = str(topic.over or topic.title).format_map(_Fields(facts))
        outbox.resolve(topic.key(event), over, why=event.sentence)
        return
    title = str(topic.title).format_map(_Fields(facts))
    path = table.page(event)
    outbox.send(
        topic.kind,
        title,
        severity=topic.severity,
        key=topic.key(event),
        facts=facts,
        url=f"{conf.CONSOLE_URL.rstrip('/')}{path}" if conf.CONSOLE_URL and path else "",
        why=event.sentence,
        cure=str(topic.cure).format_map(_Fields(facts)),
        service=event.service,
        environment=event.environment,
    )


class _Fields(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return f"({name} unknown)"
