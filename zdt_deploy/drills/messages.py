"""What rollback drills say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

_REFUSALS = {
    "drill_not_allowed": _(
        "No rollback is rehearsed in {environment}: ZDT_DRILL_ENVIRONMENTS names {named}. Rehearse "
        "it there, or add {environment} to the setting."
    ),
    "drill_not_split": _(
        "A deployment of the strategy {strategy} has no share of users that could be timed on its "
        "way back. Rehearse with a canary."
    ),
    "drill_not_observed": _(
        "{id} is {state}; a rollback is rehearsed while a step is observed. Start a canary, wait "
        "until it is, and try again."
    ),
    "drill_too_large": _(
        "{share} % of users are on it, and from {most} % up stable may have been scaled down. "
        "Rehearse at a smaller step."
    ),
    "drill_frozen": _(
        "“{name}” freezes {place}: {reason} (set by {who}). A drill can wait: the release could "
        "not be sent out again afterwards."
    ),
    "drill_emergency": _(
        "{version} of {service} is an emergency ({id}). Rehearse once that is over."
    ),
    "drill_other_goes_back": _(
        "{version} of {service} is {state} ({id}): people have more urgent things to do. Rehearse "
        "once that is over."
    ),
    "drill_unjudged": _(
        "The monitor has not judged {id} yet. Wait for its first verdict, and try again."
    ),
    "drill_unwatched": _(
        "Nobody has judged {id} for {seconds} s. Start `zdt_worker` and `zdt_ticker`, then try "
        "again."
    ),
    "drill_blind": _("The monitor cannot judge {id}, so nothing would be measured. {cause}"),
    "drill_regions_unheard": _(
        "It serves in {regions}, each with metrics of its own, of which only one region's would be "
        "read. Rehearse with a regional plan, or let ZDT_METRIC_SOURCE read those of all."
    ),
    "drill_without_requests": _(
        "{version} has served {requests} requests lately, and a drill takes {least}: nothing would "
        "be measured. Send traffic to it, or take a larger share."
    ),
    "drill_under_way": _(
        "The drill {id} by {by} is announced or under way there. See `manage.py zdt_drill status`."
    ),
    "drill_reason_long": _("Say why with at most {most} characters."),
    "drill_too_late": _("The drill {id} is {state}; only one that is announced is called off."),
    "drill_moved": _("The drill {id} has moved since you looked. Look again before you decide."),
    "no_such_drill": _("There is no drill {id}. List them with `manage.py zdt_drill history`."),
    "no_drill_announced": _("No drill of {service} in {environment} is announced."),
}
_STORY = {
    "drill_due_announced": _(
        "A drill is due: the rollback begins at {begins}, unless somebody calls it off with "
        "`manage.py zdt_drill call-off`."
    ),
    "drill_due_called": _("A drill was due, and its time has come."),
    "drill_rolls_back": _(
        "The rollback is rehearsed (drill {drill}, by {who}). Start the release again afterwards."
    ),
    "drill_called_off": _("{who} called it off."),
    "drill_not_suitable": _("It could not begin: {cause}"),
    "drill_refused": _("The rollback was refused, so that nothing was timed. {cause}"),
    "drill_overdue": _(
        "The last rollback drill of {service} in {environment} was {days} days ago, and no "
        "deployment was fit for one since it was due. Start a canary there, then `manage.py "
        "zdt_drill start`."
    ),
    "drill_never": _(
        "Going back was never rehearsed with {service} in {environment}. Start a canary there, "
        "then `manage.py zdt_drill start`."
    ),
}
_OUTCOMES = {
    "drill_passed": _(
        "0 % was published after {decision} s, every router obeyed after {zero} s, and all "
        "requests were on stable after {stable} s."
    ),
    "drill_decision_late": _(
        "It took {seconds} s until 0 % was published; the goal is {goal} s. See with `manage.py "
        "zdt_doctor` whether workers keep up."
    ),
    "drill_decision_missed": _(
        "After {seconds} s no worker had begun the rollback; the goal is {goal} s. It will not be "
        "begun any more. See with `manage.py zdt_doctor` whether workers are alive."
    ),
    "drill_zero_late": _(
        "It took {seconds} s until every router obeyed 0 %; the goal is {goal} s. See with "
        "`manage.py zdt_doctor` which are slow to follow."
    ),
    "drill_zero_missed": _(
        "After {seconds} s not every router had said that it obeys 0 %; the goal is {goal} s. See "
        "with `manage.py zdt_doctor` which do not follow."
    ),
    "drill_stable_late": _(
        "The new release still served requests after {seconds} s; the goal is {goal} s. Look for "
        "what reaches it past the routers: open connections, another balancer, a job."
    ),
    "drill_stable_missed": _(
        "After {seconds} s the new release was still serving requests; the goal is {goal} s. Look "
        "for what reaches it past the routers: open connections, another balancer, a job."
    ),
    "drill_zero_unseen": _("Nobody can say when every router obeyed 0 %. {cause}"),
    "drill_stable_unseen": _(
        "Nobody can say when the new release served its last request, so that the drill proves "
        "nothing of it. {cause}"
    ),
    "drill_stuck": _("The rollback got stuck. {cause}"),
    "drill_unfinished": _(
        "After {seconds} s the rollback was not through. See the deployment's page."
    ),
    "drill_not_quiet_yet": _("Metrics do not reach far enough yet."),
    "drill_metrics_flawed": _("Some metrics cannot be true; see the deployment's page."),
    "drill_stable_silent": _("Stable served no requests, either, so that silence proves nothing."),
    "drill_next_began": _("The next deployment had users before metrics could tell."),
}
_CHECKLIST = {
    "preflight_drill_passed": _(
        "Rehearsed in {environment} (drill {drill}): all requests were on stable after {seconds} s."
    ),
    "preflight_drill_failed": _(
        "The last drill in {environment} did not hold its goals ({drill}): {cause} Mend that, and "
        "repeat it: `manage.py zdt_drill start`."
    ),
    "preflight_drill_unseen": _(
        "The last drill in {environment} proves nothing ({drill}): {cause} Repeat it with "
        "`manage.py zdt_drill start`, or tick this."
    ),
    "preflight_drill_old": _(
        "The last drill in {environment} is {days} days old, and counts for {most} ({drill}). "
        "Repeat it: `manage.py zdt_drill start`."
    ),
}
for _sentences in (_REFUSALS, _STORY, _OUTCOMES, _CHECKLIST):
    messages.register(_sentences)
