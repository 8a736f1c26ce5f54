"""What an examination finds, and the words to say it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from django.core.checks import CheckMessage


class Standing(enum.StrEnum):
    """How something is. What could not be seen is unknown, never ok."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: ``text`` says what is, ``cure`` what to do, "" where all is well.

    ``code`` is a stable name for machines, such as "redis.evicts". An examination may leave
    ``area`` empty: it is that of the examination.
    """

    area: str
    standing: str
    text: str
    cure: str = ""
    code: str = ""


def ok(text: str, code: str = "") -> Finding:
    return Finding("", Standing.OK, str(text), "", code)


def warning(text: str, cure: str, code: str = "") -> Finding:
    """Works today, and will not do so under load, in an outage or during a release."""
    return Finding("", Standing.WARNING, str(text), str(cure), code)


def wrong(text: str, cure: str, code: str = "") -> Finding:
    """Does not work."""
    return Finding("", Standing.WRONG, str(text), str(cure), code)


def unknown(text: str, cure: str, code: str = "") -> Finding:
    """Could not be looked at."""
    return Finding("", Standing.UNKNOWN, str(text), str(cure), code)


def of_check(message: CheckMessage) -> Finding:
    """What a system check says."""
    say = wrong if message.is_serious() else warning
    return say(message.msg, message.hint or "", message.id or "")
