"""A site's own functions: one that answers with windows, and one that counts beside a source."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from django.utils.module_loading import import_string

from zdt_core.exceptions import Unavailable
from zdt_core.metering import histogram
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import buckets, templates
from zdt_deploy.canary.sources.base import MOST_SAMPLES, Clock, Source
from zdt_deploy.canary.sources.tally import counted
from zdt_deploy.canary.sources.within import within

Function = Callable[..., Any]
_KNOWN = ("window", "release", "instance", "requests", "errors", "durations", "latency", "counters")


class Called(Source):
    """``path`` names a function that is called with ``environment``, ``service``, ``first``,
    ``last`` and ``seconds``, and answers with a mapping for each instance and window; see `sample`.

    Windows have ``seconds``, and are closed ``delay`` seconds after their end. It is given up after
    ``deadline`` seconds.
    """

    def __init__(
        self, path: str, *, seconds: int = 60, delay: float = 30, deadline: float = 4
    ) -> None:
        if type(seconds) is not int or seconds <= 0:
            raise templates.refused("seconds is a whole number above 0")
        templates.positive("delay", delay)
        templates.positive("deadline", deadline)
        self._function = function_at("path", path)
        self.path, self.seconds, self.delay, self.deadline = path, seconds, delay, deadline

    def clock(self) -> Clock:
        return Clock.ours(self.seconds, self.delay)

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        asked = {"environment": environment, "service": service, "first": first, "last": last}

        def answer() -> list[Sample]:
            found = self._function(**asked, seconds=self.seconds)
            return [sample(each, self.seconds) for each in islice(found, MOST_SAMPLES + 1)]

        found: list[Sample] = within(self.deadline, self.path, answer)
        return found


class Beside(Source):
    """``source``, with what functions counted beside it, ``counters`` by name.

    A function is called as that of `Called`, and answers with triples: where a window begins, the
    release, and the amount. Nothing is counted for a release that served nobody in that window.
    """

    def __init__(self, source: Source, counters: Mapping[str, str], deadline: float = 4) -> None:
        self.source, self.deadline = source, deadline
        self.tells_of_each, self.late_seconds = source.tells_of_each, source.late_seconds
        self._clock: Clock | None = None
        self._functions = {
            str(name): (path, function_at(f"functions[{name!r}]", path))
            for name, path in counters.items()
        }

    def clock(self) -> Clock:
        self._clock = self.source.clock()
        return self._clock

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        found = list(self.source.samples(environment, service, first, last))
        seconds = (self._clock or self.clock()).seconds
        asked = {
            "environment": environment, "service": service, "first": first, "last": last,
            "seconds": seconds,
        }  # fmt: skip
        for name, (path, function) in self._functions.items():
            answer = partial(_amounts_of, function, asked)
            found = _with(found, name, within(self.deadline, path, answer))
        return found


def sample(said: Any, seconds: int) -> Sample:
    """The sample for a mapping of ``window`` (where it begins), ``release``, ``instance``,
    ``requests``, ``errors``, the ``durations`` of all requests in seconds, or their ``latency`` as
    a mapping of upper bounds in seconds to how many took up to that, and ``counters``.

    Raises Unavailable where nobody says how many requests failed, and ValueError, KeyError or
    TypeError for anything else.
    """
    if isinstance(said, Sample):
        return said
    if strange := set(said) - set(_KNOWN):
        raise ValueError(f"{sorted(map(str, strange))} is none of {', '.join(_KNOWN)}")
    requests = said["requests"]
    if requests and "errors" not in said:
        raise Unavailable("It tells of requests and not how many failed: “errors” is missing.")
    if "durations" in said:
        latency = histogram.of(counted(each) * 1000 for each in said["durations"])
    else:
        bounds = {float(bound): counted(number) for bound, number in said["latency"].items()}
        latency = buckets.fine({math.inf: requests, **bounds}) if requests else {}
    return Sample(
        said["window"], seconds, said["release"], said["instance"], requests,
        said.get("errors", 0), latency=latency, counters=dict(said.get("counters", {})),
    )  # fmt: skip


def function_at(option: str, path: Any) -> Function:
    """The function that a dotted path names. Raises ConfigurationError."""
    try:
        found: Function = import_string(path)
    except Exception as error:  # whatever its module does when it is imported
        raise templates.refused(
            f"{option} names {path!r:.80}, which cannot be imported: {type(error).__name__}"
        ) from None
    if not callable(found):
        raise templates.refused(f"{option} names {path!r:.80}, which is no function")
    return found


def _amounts_of(function: Function, asked: Mapping[str, Any]) -> dict[tuple[int, str], float]:
    found: dict[tuple[int, str], float] = {}
    for window, release, amount in function(**asked):
        found[window, release] = found.get((window, release), 0) + counted(amount)
    return found


def _with(
    samples: Sequence[Sample], name: str, amounts: Mapping[tuple[int, str], float]
) -> list[Sample]:
    """The samples with each window's amount at the first instance of its release by name, so that
    it stays at one: the judge tells by that what it knows of all of them together only."""
    first: dict[tuple[int, str], str] = {}
    for each in samples:
        if each.requests:
            place = (each.window, each.release)
            first[place] = min(first.get(place, each.instance), each.instance)
    found = []
    for each in samples:
        place = (each.window, each.release)
        amount = amounts.get(place) if first.get(place) == each.instance else None
        if amount is not None:
            each = dataclasses.replace(each, counters={**each.counters, name: amount})
        found.append(each)
    return found
