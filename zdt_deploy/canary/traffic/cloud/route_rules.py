"""The rules of an HTTPRoute, as far as zdt changes them. No I/O.

A rule that looks for ``zdt_bucket`` in the header ``Cookie`` is the canary's visitors'; with the
expression `cookie.KNOWN` it is everybody else's who has the cookie, and then the rules without it
are split by weight. Rules whose Services are of neither release are somebody else's.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zdt_deploy.canary.traffic.cloud import cookie
from zdt_deploy.canary.traffic.cloud.forwards import Forward
from zdt_deploy.canary.traffic.cloud.split import Places

Rule = Mapping[str, Any]


def read(rules: Sequence[Rule], services: Iterable[str]) -> Places:
    """Where the rules send requests, by the names of ``services``."""
    kinds = sort(rules, services)
    known, rest = kinds["known"], kinds["rest"]
    return Places(
        members=_together(kinds["members"]),
        others=_together(known or rest),
        newcomers=_together(rest) if known else None,
        expression=_expression(kinds["members"]),
        weighted=bool(known),
    )


def write(rules: Sequence[Rule], services: Iterable[str], asked: Places) -> list[dict[str, Any]]:
    """``rules`` so that they do what is ``asked``; those of somebody else stay as they are."""
    names = list(services)
    found = [copy.deepcopy(dict(rule)) for rule in rules]
    for kind, members in sort(found, names).items():
        for rule in members:
            forward = _for(kind, asked)
            if forward and rule.get("backendRefs") and _forward(rule) != forward:
                rule["backendRefs"] = _references(rule["backendRefs"], names, forward)
            if kind == "members" and asked.expression is not None:
                for header in _cookies(rule):
                    header["value"] = asked.expression
    return found


def sort(rules: Sequence[Any], services: Iterable[str]) -> dict[str, list[Any]]:
    """The rules of zdt: *members*, *known* and *rest*."""
    kinds: dict[str, list[Any]] = {"members": [], "known": [], "rest": []}
    names = set(services)
    for rule in rules:
        kind = _kind(rule, names)
        if kind:
            kinds[kind].append(rule)
    return kinds


def _kind(rule: Rule, names: set[str]) -> str:
    values = {str(header.get("value")) for header in _cookies(rule)}
    if values:
        return "known" if values == {cookie.KNOWN} else "members"
    backends = {each.get("name") for each in rule.get("backendRefs") or []}
    return "rest" if backends & names else ""


def _for(kind: str, asked: Places) -> Forward | None:
    if kind == "members":
        return asked.members
    if kind == "known":
        return asked.others
    return asked.newcomers if asked.weighted else asked.others


def _cookies(rule: Rule) -> list[dict[str, Any]]:
    """The header matches that look for zdt's cookie."""
    return [
        header
        for match in rule.get("matches") or []
        for header in match.get("headers") or []
        if header.get("type") == "RegularExpression"
        and str(header.get("name", "")).lower() == "cookie"
        and cookie.MENTIONS in str(header.get("value"))
    ]


def _expression(members: Sequence[Rule]) -> str | None:
    found = {str(header["value"]) for rule in members for header in _cookies(rule)}
    return found.pop() if len(found) == 1 else None


def _together(rules: Sequence[Rule]) -> Forward | None:
    """Where all of ``rules`` send; None where they differ, or there are none."""
    found = [_forward(rule) for rule in rules]
    return found[0] if found and all(each == found[0] for each in found) else None


def _forward(rule: Rule) -> Forward | None:
    references = rule.get("backendRefs") or []
    try:
        found = Forward({each["name"]: each.get("weight", 1) for each in references})
    except (ValueError, KeyError, TypeError):
        return None
    return found if len(found.weights) == len(references) else None


def _references(
    references: Sequence[Mapping[str, Any]], names: Sequence[str], forward: Forward
) -> list[dict[str, Any]]:
    """One for each Service of ``forward``, otherwise as the rule's first one of ours was."""
    ours = next((each for each in references if each.get("name") in names), references[0])
    return [{**ours, "name": name, "weight": weight} for name, weight in forward.weights.items()]
