"""What the comparison has to say to the checklist of a deployment, where zdt_deploy asks for it.

Side by side is proof enough to fail an item; before against after, where hours differ, too, only
asks for a look. Passed says that neither shows anything. Where there is too little data, a person's
tick counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zdt_core import gates
from zdt_core.gates import Answer, Finding
from zdt_core.templatetags.zdt_console import thousands
from zdt_deploy.comparison import comparing, figures, pairs, words
from zdt_deploy.comparison.comparing import Change
from zdt_deploy.comparison.pairs import Basis, Pair
from zdt_deploy.comparison.sums import OTHERS
from zdt_deploy.deployments.models import Deployment

FEWEST = 1000
"""Requests of each release that it takes for an answer."""

LEAST_MS = 1.0
"""Milliseconds a request by which the time in the database has to grow to matter."""

WEIGHTY = 0.1
"""The share of a request's time in the database by which a query has to grow to be named."""

_SHOWN, _LONGEST = 3, 80
Look = Callable[[Pair], Finding]


@gates.condition("preflight.errors_compared", "comparison")
def errors_compared(deployment: Deployment) -> Finding:
    """No kind of error is surely new or more often, and no more requests fail."""
    unseen = gates.unknown("comparison_errors_unseen", least=f"{FEWEST:,}")
    return _settle(deployment, _errors, unseen)


@gates.condition("preflight.queries_compared", "comparison")
def queries_compared(deployment: Deployment) -> Finding:
    """A request spends no half as much time again in the database."""
    unseen = gates.unknown("comparison_queries_unseen", least=f"{FEWEST:,}")
    return _settle(deployment, _queries, unseen)


def _settle(deployment: Deployment, look: Look, unseen: Finding) -> Finding:
    """The worst of what can be told; ``unseen`` where nothing can."""
    found = [look(pair) for pair in pairs.of(deployment) if _tells(pair)]
    if found and (regions := pairs.unseen_regions(deployment)):
        found.append(gates.unknown("comparison_regions_unseen", regions=", ".join(regions)))
    for answer in (Answer.CLOSED, Answer.UNKNOWN, Answer.OPEN):
        for finding in found:
            if finding.answer is answer:
                return finding
    return unseen


def _tells(pair: Pair) -> bool:
    return min(pair.sides.old_weight, pair.sides.new.requests) >= FEWEST


def _bad(pair: Pair, name: str, **facts: Any) -> Finding:
    if pair.basis is Basis.BESIDE:
        return gates.closed(f"comparison_{name}_worse", **facts)
    return gates.unknown(f"comparison_{name}_later", **facts)


def _alike(pair: Pair, name: str, **facts: Any) -> Finding:
    basis = str(words.TITLES[pair.basis])
    return Finding(Answer.OPEN, f"comparison_{name}_alike", {"basis": basis, **facts})


def _errors(pair: Pair) -> Finding:
    sides = pair.sides
    warnings = {id for id, said in pair.words.items() if said.get("level") == "WARNING"}
    found = [each for each in comparing.errors(sides) if each.id not in warnings]
    worse = [each.id for each in found if each.sure and each.change in (Change.NEW, Change.MORE)]
    what = [words.name(pair, id) for id in worse[:_SHOWN]]
    if len(worse) > _SHOWN:
        what.append(f"(+{len(worse) - _SHOWN})")
    if not worse and comparing.rare_errors_rose(sides, warnings):
        what.append(str(words.MANY_KINDS))
    if not what and comparing.failures_rose(sides):
        what.append(str(words.FAILURES))
    if what:
        return _bad(pair, "errors", what=", ".join(what))
    new = sides.new
    if not found and new.failed:
        facts = {"failed": thousands(new.failed), "requests": thousands(new.requests)}
        return gates.unknown("comparison_errors_unheard", **facts)
    kinds = [each for each in found if each.id != OTHERS]
    rare, requests = comparing.count(kinds, Change.NEW), thousands(new.requests)
    return _alike(pair, "errors", patterns=len(kinds), rare=rare, requests=requests)


def _queries(pair: Pair) -> Finding:
    sides = pair.sides
    time = figures.database(sides)[0]
    if not (sides.old.statements and sides.new.statements and time.old and time.new):
        return gates.unknown("comparison_queries_unseen", least=f"{FEWEST:,}")
    facts = {"old": words.number(time.old), "new": words.number(time.new)}
    if time.new >= comparing.LARGE * time.old and time.new - time.old >= LEAST_MS:
        return _bad(pair, "queries", **facts)
    matters = 1000 * max(LEAST_MS, WEIGHTY * time.old)
    grew = [
        query
        for query in comparing.queries(sides)
        if query.change in (Change.MORE, Change.NEW)
        and (query.new_time or 0) - (query.old_time or 0) >= matters
    ]
    if grew:
        what = "; ".join(words.name(pair, query.id)[:_LONGEST] for query in grew[:_SHOWN])
        return gates.unknown("comparison_queries_grew", **facts, what=what)
    return _alike(pair, "queries", **facts)
