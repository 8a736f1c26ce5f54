"""Tells whoever replaces processes to pause or to go on (ZDT_ROLLING_CALLBACKS).

zdt cannot move processes itself, so nothing goes back by itself while nobody watches. While a
rolling deployment is on its way to the next step's share, the word is "resume"; while it is
observed, paused or held, or cannot be judged, it is "pause". A monitor that was away says it again
when it is back. Each callback gets
``deployment_id``, ``word`` and ``idempotency_key``, at least once a change, until it succeeds; a
change that is overtaken by the next may not be told. For going back there is
ZDT_ROLLBACK_CALLBACKS.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError

from zdt_core import database, events, jobs
from zdt_deploy.canary import callbacks, signals
from zdt_deploy.conf import conf
from zdt_deploy.deployments import judged
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State

logger = logging.getLogger("zdt.rollback")
KIND = "canary.orchestrator"
DEAF = "deployment.orchestrator_deaf"
ACTOR = events.Actor.system("orchestrator")
PAUSE, RESUME = "pause", "resume"
_WORDS = {
    State.SHIFTING: RESUME,
    State.OBSERVING: PAUSE,
    State.PAUSED: PAUSE,
    State.HELD: PAUSE,
}


def word_of(state: str, blind: bool = False) -> str:
    """What the orchestrator is to do in ``state``; "" where it is told nothing."""
    word = _WORDS.get(State(state), "")
    return PAUSE if word and blind else word


def word_for(deployment: Deployment) -> str:
    """The word by the present state, and by what the newest verdict could see."""
    return word_of(deployment.state, blind=judged.is_blind(judged.newest(deployment)))


def heed(deployment: Deployment) -> None:
    """After a verdict that moved nothing, in its transaction: have the word told where that one
    sees and the one before did not, or the other way, or where nobody had looked before it."""
    before, newest = judged.newest_two(deployment)
    was_away = before is not None and before.outcome == "missed"
    if was_away or (before is not None and judged.is_blind(before) != judged.is_blind(newest)):
        tell(deployment)


def tell(deployment: Deployment) -> None:
    """After a move, in its transaction: have the word told."""
    word = word_for(deployment)
    if not word:
        return
    if conf.ROLLING_CALLBACKS:
        jobs.start(KIND, deployment.pk)
        database.on_commit(lambda: _wake(deployment.pk))
    database.on_commit(lambda: signals.announce_word(deployment.pk, word))


def _wake(deployment_id: str) -> None:
    """A run that pauses between two attempts at the last word goes on at once with this one."""
    try:
        jobs.wake(KIND, deployment_id)
    except DatabaseError as error:
        logger.warning("%s is told the word at the next attempt: %s", deployment_id, error)


def follow(work: jobs.Slice) -> jobs.Then:
    """A slice of the telling: every callback that has not heard the present word."""
    deployment = Deployment.objects.filter(pk=work.key).first()
    if deployment is None:
        return jobs.done()
    for path in _deaf(work.cursor, word_for(deployment)):
        if work.should_stop():
            return jobs.again()
        _attempt(work, path, deployment)
    with work.commit() as save:
        then = _conclude(work, Deployment.objects.select_for_update().get(pk=work.key))
        save(then=then)
    return then


def _deaf(cursor: dict[str, Any], word: str) -> list[str]:
    told = cursor.get("told", {})
    paths = conf.ROLLING_CALLBACKS if word else []
    return [path for path in paths if told.get(callbacks.name_of(path)) != word]


def _attempt(work: jobs.Slice, path: str, deployment: Deployment) -> None:
    """The attempt is counted before the call, so that one which takes its process along is seen.
    Words are counted, too: the key of each is the same in every attempt, and no other's."""
    name, word = callbacks.name_of(path), word_for(deployment)
    attempts, words = work.cursor.get("attempts", {}), work.cursor.get("words", {})
    last, number = words.get(name, ("", 0))
    number += word != last
    attempts = {**attempts, name: attempts.get(name, 0) + 1}
    with work.commit() as save:
        words = {**words, name: (word, number)}
        save(cursor={**work.cursor, "attempts": attempts, "words": words})
    key = f"{work.key}:{work.run_id}.{number}:{name}"
    said = {"deployment_id": work.key, "word": word, "idempotency_key": key}
    error = callbacks.call(work, path, said, event=f"deployment.{word}")
    with work.commit() as save:
        if error is None:
            told = {**work.cursor.get("told", {}), name: word}
            rest = {n: tries for n, tries in work.cursor["attempts"].items() if n != name}
            save(cursor={**work.cursor, "told": told, "attempts": rest})
        elif work.cursor["attempts"][name] == conf.ROLLBACK_ATTEMPTS:
            _report(deployment, name, word, f"{type(error).__name__}: {error}"[:500])


def _report(deployment: Deployment, name: str, word: str, error: str) -> None:
    facts = {"callback": name, "word": word, "attempts": conf.ROLLBACK_ATTEMPTS, "error": error}
    events.record(
        DEAF, subject=("deployment", deployment.pk), actor=ACTOR, code="orchestrator_deaf",
        params=facts, service=deployment.service, environment=deployment.environment,
    )  # fmt: skip


def _conclude(work: jobs.Slice, deployment: Deployment) -> jobs.Then:
    """Moves wait for the row's lock, so that none falls between this look and the run's end."""
    if not _deaf(work.cursor, word_for(deployment)):
        return jobs.done()
    tries = min(work.cursor.get("attempts", {}).values(), default=0)
    if not tries:
        return jobs.again()
    return jobs.after(min(conf.ROLLBACK_RETRY_SECONDS, 2 ** (tries - 1)))
