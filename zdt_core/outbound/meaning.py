"""What an error of the libraries means, in our codes and without their words, which repeat URLs."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests

from zdt_core.exceptions import Refused
from zdt_core.outbound.errors import Unanswered
from zdt_core.outbound.line import Line


def meaning(error: BaseException, line: Line) -> BaseException:
    """The error to raise for ``error``; what is none of the network's stays as it is."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, (Refused, Unanswered)):
            return cause
    if not isinstance(error, (requests.RequestException, OSError)):
        return error
    if line.is_over or any(isinstance(cause, (requests.Timeout, TimeoutError)) for cause in causes):
        return line.too_slow()
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unanswered("outbound_untrusted", url=line.place, reason=cause.verify_message)
    return Unanswered("outbound_unreachable", url=line.place, reason=_reason(causes))


def _reason(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return type(causes[-1]).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """``error`` and everything that it was made of."""
    waiting, seen = [error], set()
    while waiting:
        found = waiting.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        within = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        waiting += [each for each in within if isinstance(each, BaseException)]
