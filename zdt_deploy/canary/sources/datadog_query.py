"""What may be known of a Datadog query without asking anybody, and tags as Datadog writes them.

No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from zdt_core.exceptions import ConfigurationError
from zdt_deploy.canary.sources.templates import PLACES, checked, refused

PLACES_OF_LATENCY = (*PLACES, "bound")
_QUERY = re.compile(
    r"\s*(?P<how>\w+(?:\([^()]*\))?):(?P<metric>[A-Za-z][\w.]*)\{(?P<filter>[^{}]*)\}"
    r"\s*by\s*\{(?P<by>[^{}]*)\}(?P<rest>(?:\.\w+\([^()]*\))*)\s*"
).fullmatch
_FILTERED = re.compile(r"[!\s(,]*([A-Za-z][\w\-./]*)\s*(?::|\s+(?:NOT\s+)?IN\b)", re.I)
_UNKEPT = re.compile(r"[^a-z0-9_\-:./]")


@dataclass(frozen=True, slots=True)
class Query:
    """A query by its ``metric``, the tags that its filter names, and its text."""

    text: str
    metric: str
    tags: frozenset[str]

    @classmethod
    def read(
        cls, option: str, text: object, groups: Collection[str], places: Collection[str] = PLACES
    ) -> Query:
        """The query, if amounts by ``groups`` come of it. Raises ConfigurationError."""
        template = checked(option, text, places)
        found = _QUERY(template)
        if found is None:
            raise _no_query(option, groups)
        by = {tag.strip() for tag in found["by"].split(",") if tag.strip()}
        if by != set(groups):
            raise refused(
                f"{option} is by {{{','.join(sorted(by))}}}, and has to be by "
                f"{{{','.join(sorted(groups))}}}"
            )
        functions = set(re.findall(r"\.(\w+)\(", found["rest"]))
        if functions != {"as_count"}:
            raise refused(
                f"{option} ends with .as_count() and nothing else: zdt asks for its windows itself"
            )
        return cls(template.strip(), found["metric"], _tags(found["filter"]))


def kept(value: str) -> str:
    """``value`` as Datadog keeps a tag's: in small letters, and a few signs only."""
    return _UNKEPT.sub("_", value.lower())


def releases_by_tag(releases: Iterable[str]) -> dict[str, str]:
    """The releases by their tags' values; those that no tag tells apart are left out."""
    found: dict[str, set[str]] = {}
    for release in releases:
        found.setdefault(kept(release), set()).add(release)
    return {tag: names.pop() for tag, names in found.items() if len(names) == 1}


def _tags(text: str) -> frozenset[str]:
    """The keys of the tags in a filter."""
    parts = re.split(r",|\bAND\b|\bOR\b|\bNOT\b(?!\s+IN\b)", text, flags=re.I)
    return frozenset(found[1] for part in parts if (found := _FILTERED.match(part)))


def _no_query(option: str, groups: Collection[str]) -> ConfigurationError:
    by = ",".join(sorted(groups))
    return refused(f"{option} is a query such as sum:shop.requests{{env:$environment}} by "
                   f"{{{by}}}.as_count()")  # fmt: skip
