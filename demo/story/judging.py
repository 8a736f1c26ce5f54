"""What the checklist and the comparison say of a release of the story, as the console shows it."""

from __future__ import annotations

from demo.story.stage import Stage
from demo.story.telling import Narrator
from zdt_core import database
from zdt_deploy.comparison import pairs, words
from zdt_deploy.conf import conf
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import reading, sentences
from zdt_deploy.preflight.models import PreflightReading
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.results import CLEAR, Result


def tell_checklist(narrator: Narrator, deployment: str) -> None:
    """How the list stood when the deployment began, and what was open on it."""
    with database.short_session():
        seen = PreflightReading.objects.get(pk=deployment).seen
    results = {name: Result(each["came_to"]) for name, each in seen.items()}
    narrator.say(f"The checklist before it: {sentences.counts(results.values())}.")
    for result in (Result.FAILED, Result.UNKNOWN):
        names = sorted(name for name, found in results.items() if found is result)
        if names:
            narrator.say(f"    {result}: {', '.join(names)}")
    if not set(results.values()) <= CLEAR:
        narrator.say(f"    It begins all the same, on record: ZDT_PREFLIGHT is “{conf.PREFLIGHT}”.")


def tell_comparison(stage: Stage, narrator: Narrator, deployment: str) -> str:
    """What both releases did, side by side and before against after; returns the page's address."""
    with database.short_session():
        row: Deployment = Deployment.objects.get(pk=deployment)
        found = pairs.of(row, with_words=False)
        after = sentences.describe(reading.read(row), Phase.AFTER)
    for pair in found:
        narrator.say(words.summary(pair, row.state))
    narrator.say(f"The checklist, {after[0].lower()}{after[1:]}")
    return f"http://{stage.console}/admin/zdt_deploy/deployment/{deployment}/comparison/"
