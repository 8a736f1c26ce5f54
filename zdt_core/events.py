"""Operator events: what happened, to what, by whom, before and after, and why.

The one door for facts about changes. `record` writes the row in the caller's transaction and
sends `event_recorded` inside it, so that zdt_audit's entry commits or vanishes with the change.
History exists without zdt_audit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from zdt_core import database, logins, messages
from zdt_core.conf import conf
from zdt_core.exceptions import Refused

event_recorded = Signal()
"""Sent with ``event`` inside the transaction that records it; a receiver's error undoes both."""

_others: list[Callable[[], Iterable[str]]] = []


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, kept by value so that it outlives the account.

    ``kind`` is one of "user", "system", "shell", "token"; ``name`` a login or a component.
    """

    kind: str
    name: str

    @classmethod
    def of(cls, user: Any) -> Actor:
        """The actor for a signed-in user."""
        return cls("user", user.get_username())

    @classmethod
    def system(cls, component: str) -> Actor:
        """The actor for zdt's own work, such as "monitor" or "ticker"."""
        return cls("system", component)

    @classmethod
    def shell(cls) -> Actor:
        """The actor for a management command: the login that runs it."""
        return cls("shell", logins.current())

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class Event(database.ZdtModel):
    """One fact. Rows are only ever added."""

    at = models.DateTimeField(_("at"), db_default=database.Now(), editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    subject_type = models.CharField(_("subject type"), max_length=40)
    subject_id = models.CharField(_("subject"), max_length=200)
    actor_kind = models.CharField(_("actor kind"), max_length=10)
    actor_name = models.CharField(_("actor"), max_length=200)
    service = models.CharField(_("service"), max_length=40)
    environment = models.CharField(_("environment"), max_length=40)
    refused = models.BooleanField(_("refused"), default=False)
    before = models.JSONField(_("before"), null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), null=True, encoder=DjangoJSONEncoder)
    reason = models.TextField(_("reason"), blank=True)
    code = models.CharField(_("code"), max_length=60, blank=True)
    params = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)

    class Meta(database.ZdtModel.Meta):
        abstract = False
        ordering = ("-id",)
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=("subject_type", "subject_id", "-id"), name="zdt_event_subject"),
            models.Index(fields=("kind", "-id"), name="zdt_event_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type} {self.subject_id}"

    @property
    def sentence(self) -> str:
        """The event's code as text, or the reason that a person gave."""
        return messages.text(self.code, self.params) or self.reason


def writes(tables: Callable[[], Iterable[str]]) -> None:
    """Say which tables a receiver of `event_recorded` needs now, by a function that tells them."""
    if tables not in _others:
        _others.append(tables)


def tables() -> list[str]:
    """The tables that have to be there for an event to be recorded."""
    return [Event._meta.db_table, *(table for tell in _others for table in tell())]


def record(
    kind: str,
    *,
    subject: tuple[str, object],
    actor: Actor,
    before: Any = None,
    after: Any = None,
    reason: str = "",
    code: str = "",
    params: dict[str, Any] | None = None,
    service: str | None = None,
    environment: str | None = None,
) -> Event:
    """Write an event into the open transaction on zdt's tables.

    ``kind`` is "noun.past_tense" such as "deployment.advanced"; ``subject`` its type and id;
    ``before``/``after`` JSON values; ``code`` with ``params`` a machine's reason, ``reason`` a
    person's. Raises RuntimeError outside of a transaction: fact and change commit together.
    """
    if not database.connection().in_atomic_block:
        raise RuntimeError("Record an event inside `zdt_core.database.atomic()`, with its change.")
    return _write(
        kind, subject, actor, before, after, reason, code, params, service, environment, False
    )


def refused(
    kind: str,
    *,
    subject: tuple[str, object],
    actor: Actor,
    refusal: Refused,
    reason: str = "",
    service: str | None = None,
    environment: str | None = None,
) -> Event:
    """Note an attempt that was turned away, in a transaction of its own.

    Call it after the refused transaction has been rolled back.
    """
    with database.atomic():
        return _write(
            kind, subject, actor, None, None, reason,
            refusal.code, refusal.params, service, environment, True,
        )  # fmt: skip


def _write(
    kind: str,
    subject: tuple[str, object],
    actor: Actor,
    before: Any,
    after: Any,
    reason: str,
    code: str,
    params: dict[str, Any] | None,
    service: str | None,
    environment: str | None,
    refused: bool,
) -> Event:
    event: Event = Event.objects.create(
        kind=kind,
        subject_type=subject[0],
        subject_id=str(subject[1]),
        actor_kind=actor.kind,
        actor_name=actor.name,
        service=service or conf.SERVICE,
        environment=environment or conf.ENVIRONMENT,
        refused=refused,
        before=before,
        after=after,
        reason=reason,
        code=code,
        params=params or {},
    )
    event_recorded.send(sender=Event, event=event)
    return event


messages.register(
    {"permission_missing": _("You need the permission “{permission}”; ask who administers users.")}
)
