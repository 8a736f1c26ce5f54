"""The acts of the story."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from demo.story import judging, renaming, times
from demo.story.ending import Ending
from demo.story.renaming import seconds_between
from demo.story.stage import (
    BAD,
    GOOD,
    STABLE,
    START_SECONDS,
    STOP_SECONDS,
    Stage,
    console_of,
)
from demo.story.telling import Narrator
from demo.story.watching import Watcher, is_alive, who_rolled_back
from zdt_core import messages
from zdt_deploy.deployments.models import Deployment

FAULTS = {
    "errors": "answers 30 % of its requests with an error",
    "latency": "takes 400 ms longer for every request",
}
WARM_REQUESTS = 200
ALONE_REQUESTS = 300
RELEASE_SECONDS = 300.0


def opening(stage: Stage, narrator: Narrator, edge: str, rate: float, visitors: int) -> None:
    """Release 1.0 serves a steady load."""
    stage.start_release(STABLE)
    stage.start_background(STABLE)
    told = stage.start_edge(edge)
    stage.await_release(STABLE)
    stage.await_shop()
    narrator.say(f"Release {STABLE} serves the shop at http://{stage.shop}/ through {told}.")
    stage.start_load(rate, visitors)
    stage.await_requests(WARM_REQUESTS)
    narrator.say(f"{visitors} visitors send up to {rate:g} requests a second.")


def bad_release(stage: Stage, narrator: Narrator, fault: str, ending: Ending) -> bool:
    """A release with a planted fault meets 5 % of the visitors, and the monitor sends it back.

    True when everyone is on stable again, so that the story can go on.
    """
    stage.migrate(BAD)
    stage.start_release(BAD, fault)
    await_release(stage, BAD)
    narrator.say(f"Release {BAD} reads email_address, as every row was found equal.")
    narrator.say(f"    It {FAULTS[fault]}, which nobody tells the monitor.")
    begun = deploy(stage, BAD, "The new checkout.")
    judging.tell_checklist(narrator, begun)
    watcher = Watcher(begun, stage, narrator)
    deployment = watcher.until(("baking",), RELEASE_SECONDS)
    ending.bad_state, ending.bad_by = deployment.state, who_rolled_back(deployment.pk)
    ending.bad_reason = messages.text(deployment.code, deployment.params)
    ending.bad_seconds = seconds_between(deployment.started_at, deployment.finished_at)
    if deployment.state != "rolled_back":
        return False
    ending.drained[BAD] = stage.retire(BAD)
    narrator.say(f"The processes of {BAD} have drained and left.")
    return True


def good_release(stage: Stage, narrator: Narrator, ending: Ending) -> None:
    """The mended release goes to everyone; the old processes drain and leave."""
    stage.migrate(GOOD)
    stage.start_release(GOOD)
    stage.migrate(GOOD, known_as=console_of(GOOD))  # while the release boots
    await_release(stage, GOOD)
    narrator.say(f"Release {GOOD}, the mended one, is up.")
    begun = deploy(stage, GOOD, "The new checkout, mended.")
    judging.tell_checklist(narrator, begun)
    watcher = Watcher(begun, stage, narrator)
    deployment = watcher.until(("baking",), RELEASE_SECONDS)
    ending.good_state = deployment.state
    ending.good_reason = messages.text(deployment.code, deployment.params)
    ending.good_seconds = seconds_between(deployment.started_at, deployment.promoted_at)
    if deployment.state != "baking":
        return
    renaming.owe(stage, narrator, ending.rename)
    serve_on(stage)
    complete(stage, deployment)
    narrator.say(f"The way back to {STABLE} is closed; its processes drain.")
    renew_the_others(stage)
    ending.drained[STABLE] = stage.retire(STABLE)
    narrator.say(f"The processes of {STABLE} have drained and left.")
    ending.good_state = watcher.until(("completed",), RELEASE_SECONDS).state
    renaming.contract(stage, narrator, ending.rename)
    serve_on(stage)
    ending.comparison = judging.tell_comparison(stage, narrator, begun)


def renew_the_others(stage: Stage) -> None:
    """Worker, ticker and console, too, run the new release before the old one goes."""
    before = stage.start_background(GOOD)
    stage.renew_console(GOOD)
    for process in before:
        stage.company.end(process, STOP_SECONDS)


def serve_on(stage: Stage) -> None:
    """Let the shop serve for a moment as it is now."""
    stage.await_requests(stage.account().get("requests", 0) + ALONE_REQUESTS)


def await_release(stage: Stage, version: str) -> None:
    """Wait until a release is ready and the fleet knows it."""
    stage.await_release(version)
    stage.releases[version].wait_until(
        lambda: is_alive(version), START_SECONDS, "the fleet knows a process of it"
    )


def deploy(stage: Stage, version: str, reason: str) -> str:
    """Start the deployment as a pipeline does, by the command; returns its id."""
    printed = stage.manage(
        f"start-{version}", version,
        "zdt_deployment", "start", version, "--plan", times.PLAN_NAME, "--reason", reason,
        "--artifact", f"shop={pack(stage, version)}", "--json",
    )  # fmt: skip
    answer = next(line for line in printed.splitlines() if line.startswith("{"))
    deployment: str = json.loads(answer)["id"]
    return deployment


def complete(stage: Stage, deployment: Deployment) -> None:
    stage.manage(
        "complete", GOOD, "zdt_deployment", "complete", deployment.pk,
        "--reason", "The demo waits no day.",
    )  # fmt: skip


def pack(stage: Stage, version: str) -> Path:
    """What is shipped, in one file: the shop's code under the release's name."""
    folder, path = stage.shop_of(version), stage.company.folder / f"shop-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for source in sorted((folder / "demo" / "shop").rglob("*.py")):
            archive.add(source, f"shop-{version}/{source.relative_to(folder)}")
    return path
