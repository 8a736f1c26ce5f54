"""Gathers evidence for the sequential judge, block by block, from the windows in the table.

What was gathered is kept in the row of `zdt_deploy.canary.models.Evidence`, and written in the
transaction of the verdict that rests on it; so no block counts twice, whatever is killed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zdt_core import fleet
from zdt_deploy.canary import models as tables
from zdt_deploy.canary.evidence import Question
from zdt_deploy.canary.sequential import before, judge, shards
from zdt_deploy.canary.sequential.before import LEAST_MINUTES, Before
from zdt_deploy.canary.sequential.judge import Opinion, State
from zdt_deploy.canary.sequential.shards import Counts
from zdt_deploy.canary.sequential.terms import Terms
from zdt_deploy.deployments.models import Deployment

MOST_AT_ONCE = 30
"""Blocks that one tick weighs at most; the rest is the next one's."""

WARM_UP_BLOCKS = 2
"""Blocks at the beginning of a step that are not weighed: caches are cold, for which no release is
to blame. A plan with a longer warm-up has that."""

Block = Mapping[str, Mapping[str, Counts]]
"""What each machine of each release measured."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the evidence of ``blocks`` blocks amounts to; ``opinion`` is None until it is known what
    is usual for stable, which takes ``missing`` more blocks. ``held_to`` is what is usual,
    tolerated and too much, by metric."""

    opinion: Opinion | None
    blocks: int
    missing: int = 0
    held_to: dict[str, dict[str, float]] = field(default_factory=dict)


def gather(deployment: Deployment, question: Question, interval: float, terms: Terms) -> Gathered:
    """Weigh the blocks of ``interval`` seconds that have closed since the last verdict."""
    row, _made = tables.Evidence.objects.get_or_create(
        deployment=deployment, region=question.region
    )
    seconds = math.ceil(interval / question.seconds) * question.seconds
    warm = max(question.since, question.step_began + WARM_UP_BLOCKS * seconds)
    first = math.ceil(max(row.next_block, warm) / seconds) * seconds
    usual = Before.from_json(row.before) if row.before else None
    if usual is None:
        usual, first, missing = _learned(question, first, seconds, terms)
    if usual is None:
        return Gathered(None, 0, missing)
    state = State.from_json(row.state) if row.state else State()
    length = seconds * usual.block
    count = min(MOST_AT_ONCE, max(0, math.floor((question.until - first) / length)))
    found = _blocks(question, first, first + count * length, length)
    for start, block in sorted(found.items()):
        at = (question.region,) if question.region else ()
        state = _weighed(state, block, question, usual, terms, (deployment.pk, start, *at))
    row.before, row.state, row.next_block = usual.to_json(), state.to_json(), first + count * length
    row.save()
    return Gathered(judge.weigh(state, terms), state.blocks, held_to=terms.facts(usual))


def _learned(
    question: Question, first: int, seconds: int, terms: Terms
) -> tuple[Before | None, int, int]:
    """What is usual, the time before ``first``; where that says too little, the first blocks that
    say enough. Returns it, where the block begins that is to be weighed next, and how many blocks
    are missing."""
    since = math.ceil(question.before / seconds) * seconds
    until = math.floor(question.until / seconds) * seconds
    past = _blocks(question, since, max(first, until), seconds)
    heard = [
        (start, block[question.stable])
        for start, block in sorted(past.items())
        if any(counts.requests for counts in block.get(question.stable, {}).values())
    ]
    early = sum(start < first for start, _ in heard)
    enough = heard[: max(early, LEAST_MINUTES)]
    usual = before.learn([minute for _, minute in enough], [each.name for each in terms.counters])
    if usual is not None:
        first = max(first, enough[-1][0] + seconds)
    return usual, first, LEAST_MINUTES - len(enough)


def forget(deployment: Deployment, regions: Iterable[str]) -> None:
    """Begin anew in ``regions``: a second try is not held to what the first one showed."""
    tables.Evidence.objects.filter(deployment=deployment, region__in=list(regions)).delete()


def _weighed(
    state: State, block: Block, question: Question, usual: Before, terms: Terms, seed: Any
) -> State:
    """A block in which a side was not heard proves nothing."""
    canary, stable = block.get(question.canary, {}), block.get(question.stable, {})
    equals = shards.divide(canary, stable, seed)
    if equals is None:
        return state
    whole = shards.undivided(canary, stable, seed) if usual.undivided else None
    return judge.after(state, equals, usual, terms, seed, whole)


def _blocks(question: Question, since: int, until: int, seconds: int) -> dict[int, Block]:
    """What was measured in the blocks of ``seconds`` from ``since`` to ``until``, by where they
    begin; those that hold numbers which cannot be true are left out."""
    rows = question.windows().filter(
        release__in=(question.canary, question.stable), window__gte=since, window__lt=until
    )
    groups: dict[int, list[Any]] = {}
    for row in rows.iterator():
        groups.setdefault(since + (row.window - since) // seconds * seconds, []).append(row)
    hosts = fleet.hosts({row.instance for group in groups.values() for row in group})
    return {
        start: _by_release(group, hosts)
        for start, group in groups.items()
        if not any(row.problem for row in group)
    }


def _by_release(rows: Sequence[Any], hosts: Mapping[str, str]) -> Block:
    """By machine, as its processes share what makes it vary; where all are on a single one, its
    processes are each other's equals. What the fleet does not know is a machine of its own."""
    machines = {hosts.get(row.instance, row.instance) for row in rows}
    found: dict[str, dict[str, list[Counts]]] = {}
    for row in rows:
        name = row.instance if len(machines) == 1 else hosts.get(row.instance, row.instance)
        latency = {int(bucket): count for bucket, count in row.latency.items()}
        counts = Counts(row.requests, row.errors, latency, row.counters)
        of_release = found.setdefault(row.release, {})
        of_release.setdefault(f"{row.region}/{name}", []).append(counts)
    return {
        release: {name: shards.pooled(parts) for name, parts in machines_of.items()}
        for release, machines_of in found.items()
    }
