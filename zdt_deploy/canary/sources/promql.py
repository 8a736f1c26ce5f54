"""What may be known of a PromQL query without asking anybody. No I/O."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from zdt_deploy.canary.sources.templates import checked, refused

_TEXT = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`')
_SELECTOR = re.compile(r"([A-Za-z_:][\w:]*)\s*\{([^{}]*)\}")
_MATCHER = re.compile(r"([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)")
_GROUPING = re.compile(r"\b(by|without)\s*\(([^()]*)\)")
_DIFFERENCE = re.compile(r"\b(i?rate|increase|i?delta)\s*\(")
_RANGE = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric by its name, and the labels that its matchers name."""

    metric: str
    labels: frozenset[str]


def selectors(query: str) -> list[Selector]:
    """What ``query`` selects by name and labels; a bare name has no labels."""
    bare = _TEXT.sub("''", query)
    found = [Selector(name, frozenset(_MATCHER.findall(within))) for name, within in
             _SELECTOR.findall(bare)]  # fmt: skip
    if not found and re.fullmatch(r"\s*[A-Za-z_:][\w:]*\s*", bare):
        return [Selector(bare.strip(), frozenset())]
    return found


def check(
    option: str, query: object, needed: Collection[str], known: Mapping[str, Collection[str]]
) -> None:
    """Raises ConfigurationError for a query that is no raw counter, loses a label that is
    ``needed``, or names labels which a metric of ``known`` does not have."""
    bare = _TEXT.sub("''", checked(option, query))
    if wrong := _DIFFERENCE.search(bare) or _RANGE.search(bare):
        raise refused(
            f"{option} asks for {wrong[0].rstrip('( ')}; name the raw counter, zdt differences it"
        )
    for word, within in _GROUPING.findall(bare):
        labels = {label.strip() for label in within.split(",") if label.strip()}
        lost = set(needed) - labels if word == "by" else set(needed) & labels
        if lost:
            kept = f"{word} ({', '.join(sorted(labels))})"
            raise refused(f"{option} loses the label {', '.join(sorted(lost))}: it says {kept}")
    found = selectors(str(query))
    if not found:
        raise refused(f"{option} names no metric that can be looked for, such as x{{}}")
    for each in found:
        _check_labels(option, each, known)


def _check_labels(option: str, asked: Selector, known: Mapping[str, Collection[str]]) -> None:
    if asked.metric in known and (strange := asked.labels - set(known[asked.metric])):
        raise refused(
            f"{option} names the label {', '.join(sorted(strange))}; {asked.metric} has "
            f"{', '.join(sorted(known[asked.metric]))}. What scraping adds is named in labels"
        )
