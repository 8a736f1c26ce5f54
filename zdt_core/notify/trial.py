"""Sends a test message by hand, beside the outbox, and says how it went."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.utils.translation import gettext as _

from zdt_core.conf import conf
from zdt_core.notify.channels import Channel, channel, channels
from zdt_core.notify.letter import Letter
from zdt_core.notify.severity import Severity


@dataclass(frozen=True, slots=True)
class Outcome:
    """``error`` is "" where the other side took the letters."""

    alias: str
    backend: str
    error: str


def send_test(alias: str | None = None) -> list[Outcome]:
    """Send to one channel, or to all: a message, and the one that resolves it.

    Raises ConfigurationError where there is no such channel.
    """
    chosen = [channel(alias)] if alias else channels()
    return [Outcome(each.alias, each.backend, _try(each)) for each in chosen]


def _try(found: Channel) -> str:
    ref = uuid4().hex[:12]
    try:
        backend = found.connect()
        for resolved in (False, True):
            backend.deliver(_letter(ref, resolved))
    except Exception as error:  # whatever it is, the person at the terminal asked for it
        return found.scrubbed(f"{type(error).__name__}: {error}")
    return ""


def _letter(ref: str, resolved: bool) -> Letter:
    return Letter(
        ref=f"zdt-test-{ref}-{'b' if resolved else 'a'}",
        kind="notify.test",
        key=f"notify.test:{ref}",
        severity=Severity.INFO,
        text=_("This is a test of zdt's notifications. Nothing has happened."),
        cure=_("Nothing."),
        service=conf.SERVICE,
        environment=conf.ENVIRONMENT,
        resolved=resolved,
    )
