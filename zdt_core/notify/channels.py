"""The channels of ZDT_NOTIFY: where letters go, and which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from django.utils.module_loading import import_string

from zdt_core.exceptions import ConfigurationError
from zdt_core.notify.backends import SHORT
from zdt_core.notify.backends.base import Backend
from zdt_core.notify.conf import conf
from zdt_core.notify.severity import Severity

FIELDS = ("BACKEND", "OPTIONS", "SEVERITIES", "KINDS")
DEFAULT: dict[str, Any] = {"log": {"BACKEND": "log"}}
LONGEST_ALIAS = 40


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel takes what matches one of its severities and one of its kinds (patterns as in
    ``deployment.*``)."""

    alias: str
    backend: str
    options: dict[str, Any] = field(repr=False)
    severities: tuple[str, ...]
    kinds: tuple[str, ...]

    def takes(self, kind: str, severity: Severity) -> bool:
        fits = any(fnmatchcase(kind, pattern) for pattern in self.kinds)
        return fits and severity in self.severities

    def connect(self) -> Backend:
        """The backend with its options. Raises ConfigurationError where one of them is wrong."""
        wrong = next(problems(self), None)
        if wrong:
            raise ConfigurationError(f"ZDT_NOTIFY[{self.alias!r}] {wrong}")
        return backend_class(self.backend)(**self.options)

    def scrubbed(self, text: str) -> str:
        """``text`` without the values of the options that may be secret."""
        for value in self._secrets():
            text = text.replace(value, "…")
        return text

    def _secrets(self) -> list[str]:
        try:
            declared = backend_class(self.backend).options
        except ConfigurationError:
            declared = {}
        harmless = {name for name, option in declared.items() if not option.secret}
        return [
            value
            for name, value in self.options.items()
            if name not in harmless and isinstance(value, str) and value
        ]


def channels() -> list[Channel]:
    """Every channel. Raises ConfigurationError where ZDT_NOTIFY cannot be read."""
    return [_channel(alias, entry) for alias, entry in (conf.NOTIFY or DEFAULT).items()]


def channel(alias: str) -> Channel:
    """The channel called ``alias``. Raises ConfigurationError where there is none."""
    found = conf.NOTIFY or DEFAULT
    if alias not in found:
        raise ConfigurationError(
            f"ZDT_NOTIFY has no channel {alias!r}; there are {', '.join(found)}."
        )
    return _channel(alias, found[alias])


def _channel(alias: str, entry: Any) -> Channel:
    complaint = shape(alias, entry)
    if complaint:
        raise ConfigurationError(f"ZDT_NOTIFY[{alias!r}] {complaint}")
    return Channel(
        alias=alias,
        backend=entry["BACKEND"],
        options=dict(entry.get("OPTIONS", {})),
        severities=tuple(entry.get("SEVERITIES", tuple(Severity))),
        kinds=tuple(entry.get("KINDS", ("*",))),
    )


def shape(alias: Any, entry: Any) -> str | None:
    """What is wrong with an entry's shape, as the end of a sentence; None if nothing."""
    if not isinstance(alias, str) or not 0 < len(alias) <= LONGEST_ALIAS:
        return f"has no alias of 1 to {LONGEST_ALIAS} characters."
    if not isinstance(entry, dict):
        return "must be a dict with a BACKEND."
    unknown = [name for name in entry if name not in FIELDS]
    if unknown:
        return f"has {unknown[0]!r}, and takes {', '.join(FIELDS)}."
    if not isinstance(entry.get("BACKEND"), str):
        return f"needs a BACKEND: {', '.join(SHORT)}, or the dotted path of a class."
    if not isinstance(entry.get("OPTIONS", {}), dict):
        return "has OPTIONS that are no dict."
    return _filters(entry)


def _filters(entry: dict[str, Any]) -> str | None:
    for name in ("SEVERITIES", "KINDS"):
        given = entry.get(name, ["*"])
        texts = isinstance(given, (list, tuple)) and all(isinstance(one, str) for one in given)
        if not texts or not given:
            return f"has {name} that are no list of texts."
    odd = [one for one in entry.get("SEVERITIES", ()) if one not in tuple(Severity)]
    if odd:
        return f"has the severity {odd[0]!r}; there are {', '.join(Severity)}."
    return None


def backend_class(name: str) -> type[Backend]:
    """The class that BACKEND names. Raises ConfigurationError."""
    try:
        found = import_string(SHORT.get(name, name))
    except Exception as error:  # whatever its module does when it is imported
        raise ConfigurationError(
            f"The backend {name!r} cannot be used ({type(error).__name__}: {error}); there are "
            f"{', '.join(SHORT)}, or the dotted path of a class."
        ) from error
    if not (isinstance(found, type) and issubclass(found, Backend)):
        raise ConfigurationError(
            f"The backend {name!r} is no subclass of zdt_core.notify.backends.base.Backend."
        )
    return found


def problems(channel: Channel) -> Iterator[str]:
    """What is wrong with a channel's options, each as the end of a sentence without the value."""
    declared = backend_class(channel.backend).options
    for name, option in declared.items():
        if option.required and name not in channel.options:
            yield f"lacks the option {name!r}."
    for name, value in channel.options.items():
        found = declared.get(name)
        if found is None:
            known = ", ".join(declared) or "none"
            yield f"has the option {name!r}, and its backend takes {known}."
        elif not isinstance(value, found.kind):
            yield f"has the option {name!r}, which must be of type {found.kind.__name__}."
        elif found.complain and (complaint := found.complain(value)):
            yield f"has the option {name!r}, which {complaint}."
