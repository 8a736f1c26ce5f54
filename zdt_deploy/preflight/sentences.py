"""What a checklist comes to, in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_deploy.conf import conf
from zdt_deploy.deployments.states import State
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.reading import Checklist
from zdt_deploy.preflight.results import Result
from zdt_deploy.preflight.starting import OFF, REQUIRE

TITLES = {
    Phase.BEFORE: gettext_lazy("Before the deployment"),
    Phase.DURING: gettext_lazy("During the deployment"),
    Phase.AFTER: gettext_lazy("After the deployment"),
}
WORDS = {
    Result.PASSED: gettext_lazy("passed"),
    Result.FAILED: gettext_lazy("failed"),
    Result.UNKNOWN: gettext_lazy("unknown"),
    Result.WAIVED: gettext_lazy("waived"),
    Result.NOT_APPLICABLE: gettext_lazy("does not apply"),
}
LOOKS = {
    Result.PASSED: "good", Result.FAILED: "bad", Result.UNKNOWN: "warn", Result.WAIVED: "busy",
    Result.NOT_APPLICABLE: "quiet",
}  # fmt: skip


def counts(results: Iterable[Result]) -> str:
    """ "2 failed, 3 unknown, 9 passed"; "" for none."""
    found = Counter(results)
    order = (Result.FAILED, Result.UNKNOWN, Result.WAIVED, Result.PASSED, Result.NOT_APPLICABLE)
    return ", ".join(f"{found[each]} {WORDS[each]}" for each in order if found[each])


def describe(checklist: Checklist, phase: Phase | None = None) -> str:
    """How the list ``phase`` stands (where the deployment is), and what that means."""
    phase = phase or checklist.phase
    told = f"{TITLES[phase]}: {counts(line.result for line in checklist.counted(phase))}."
    pending = checklist.deployment.state == State.PENDING
    return f"{told} {_meaning(checklist)}" if phase is Phase.BEFORE and pending else told


def _meaning(checklist: Checklist) -> str:
    facts = {"version": checklist.deployment.version}
    if checklist.result() is Result.PASSED:
        return _("Nothing on the list is in the way of %(version)s.") % facts
    if conf.PREFLIGHT == REQUIRE:
        return _("Nobody is sent to %(version)s before the list is clear.") % facts
    if conf.PREFLIGHT == OFF:
        return _("It may begin all the same: ZDT_PREFLIGHT is “off”.")
    return _("It may begin all the same, which goes on record: ZDT_PREFLIGHT is “warn”.")
