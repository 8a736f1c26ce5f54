"""Gathers evidence for the sequential judge, block by block, from the windows in the table.

What was gathered is kept in the row of `zdt_deploy.canary.models.Evidence`, and written in the
transaction of the verdict that rests on it; so no block counts twice, whatever is killed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
"""What each instance of each release measured."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the evidence of ``blocks`` blocks amounts to; ``opinion`` is None until it is known what
    is usual for stable, which takes ``missing`` more blocks."""

    opinion: Opinion | None
    blocks: int
    missing: int = 0


def gather(deployment: Deployment, question: Question, interval: float, terms: Terms) -> Gathered:
    """Weigh the blocks of ``interval`` seconds that have closed since the last verdict."""
    row, _made = tables.Evidence.objects.get_or_create(deployment=deployment)
    seconds = math.ceil(interval / question.seconds) * question.seconds
    warm = max(question.since, question.step_began + WARM_UP_BLOCKS * seconds)
    first = math.ceil(max(row.next_block, warm) / seconds) * seconds
    usual = Before.from_json(row.before) if row.before else None
    if usual is None:
        past = _blocks(question, question.before, first, seconds).values()
        minutes = [block.get(question.stable, {}) for block in past]
        usual = before.learn(minutes)
    if usual is None:
        known = sum(any(each.requests for each in minute.values()) for minute in minutes)
        _save(row, None, None, max(first, math.floor(question.until / seconds) * seconds))
        return Gathered(None, 0, LEAST_MINUTES - known)
    state = State.from_json(row.state) if row.state else State()
    length = seconds * usual.block
    count = min(MOST_AT_ONCE, max(0, math.floor((question.until - first) / length)))
    found = _blocks(question, first, first + count * length, length)
    for start, block in sorted(found.items()):
        state = _weighed(state, block, question, usual, terms, (deployment.pk, start))
    _save(row, usual, state, first + count * length)
    return Gathered(judge.weigh(state, terms), state.blocks)


def _weighed(
    state: State, block: Block, question: Question, usual: Before, terms: Terms, seed: Any
) -> State:
    """A block in which a side was not heard proves nothing."""
    canary, stable = block.get(question.canary, {}), block.get(question.stable, {})
    equals = shards.divide(canary, stable, seed)
    if equals is None:
        return state
    return judge.after(state, equals, usual, terms, usual.latency[before.P95].usual, seed)


def _blocks(question: Question, since: float, until: float, seconds: float) -> dict[int, Block]:
    """What was measured in the blocks of ``seconds`` from ``since`` to ``until``, by where they
    begin; those that hold numbers which cannot be true are left out."""
    rows = tables.MetricWindow.objects.filter(
        environment=question.environment,
        service=question.service,
        release__in=(question.canary, question.stable),
        window__gte=since,
        window__lt=until,
    )
    groups: dict[int, list[Any]] = {}
    for row in rows.iterator():
        start = since + math.floor((row.window - since) / seconds) * seconds
        groups.setdefault(int(start), []).append(row)
    return {
        start: _by_release(group)
        for start, group in groups.items()
        if not any(row.problem for row in group)
    }


def _by_release(rows: Iterable[Any]) -> Block:
    found: dict[str, dict[str, list[Counts]]] = {}
    for row in rows:
        latency = {int(bucket): count for bucket, count in row.latency.items()}
        instances = found.setdefault(row.release, {})
        counts = Counts(row.requests, row.errors, latency)
        instances.setdefault(f"{row.region}/{row.instance}", []).append(counts)
    return {
        release: {name: shards.pooled(windows) for name, windows in instances.items()}
        for release, instances in found.items()
    }


def _save(row: tables.Evidence, usual: Before | None, state: State | None, after: float) -> None:
    row.before = usual.to_json() if usual else None
    row.state = state.to_json() if state else None
    row.next_block = int(after)
    row.save()
