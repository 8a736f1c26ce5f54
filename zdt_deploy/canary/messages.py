"""What the monitor and the rollback say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

_VERDICTS = {
    "canary_within_limits": _(
        "Within limits: errors {errors_canary} % against {errors_stable} % on stable, p95 "
        "{p95_canary} ms against {p95_stable} ms, over {requests} and {stable_requests} requests."
    ),
    "canary_broken": _(
        "{errors} of {requests} requests failed on the new release within a minute, "
        "{stable_errors} of {stable_requests} on stable: it is broken. A release that works would "
        "look like this in fewer than one of {odds} deployments."
    ),
    "canary_surely_worse_in_errors": _(
        "More requests fail on the new release than on stable, machine by machine and interval "
        "by interval: lately {errors_canary} % against {errors_stable} %. A release that is no "
        "worse would look like this in fewer than one of {odds} deployments."
    ),
    "canary_surely_worse_in_latency": _(
        "The new release answers more slowly than stable, machine by machine and interval by "
        "interval: p95 was lately {p95_canary} ms against {p95_stable} ms. A release that is no "
        "worse would look like this in fewer than one of {odds} deployments."
    ),
    "canary_surely_worse_in_counter": _(
        "“{name}” per request is worse on the new release than on stable, machine by machine and "
        "interval by interval: lately {amount_canary} against {amount_stable}. A release that is "
        "no worse would look like this in fewer than one of {odds} deployments."
    ),
    "canary_surely_fine": _(
        "Within limits and surely no worse: errors {errors_canary} % against {errors_stable} % on "
        "stable, p95 {p95_canary} ms against {p95_stable} ms, over {requests} and "
        "{stable_requests} requests. A release that is worse by the margin would look like this in "
        "fewer than one of {odds} deployments."
    ),
    "not_sure_of_errors": _(
        "Waiting: the new release is within its limits, and {percent} % of the evidence is there "
        "that it fails no more often than stable: lately {errors_canary} % against "
        "{errors_stable} %."
    ),
    "not_sure_of_latency": _(
        "Waiting: the new release is within its limits, and {percent} % of the evidence is there "
        "that it is no slower than stable: p95 was lately {p95_canary} ms against {p95_stable} ms."
    ),
    "not_sure_of_counter": _(
        "Waiting: the new release is within its limits, and {percent} % of the evidence is there "
        "that “{name}” per request is no worse than on stable: lately {amount_canary} against "
        "{amount_stable}."
    ),
    "usual_unknown": _(
        "Waiting: what is usual for stable has to be seen for {intervals} more intervals before "
        "the new release can be compared with it."
    ),
    "evidence_unweighed": _(
        "The evidence for or against the new release could not be weighed: {reason} Limits are "
        "judged all the same."
    ),
    "odds_impossible": _(
        "{field} is {value}, and a probability to be wrong lies between 0 and 1. Start anew with "
        "0.01."
    ),
    "canary_errors_exceed": _(
        "{canary} % of {requests} requests failed on the new release, {stable} % of "
        "{stable_requests} on stable: more than {limit} percentage points apart."
    ),
    "canary_p95_exceeds": _(
        "95 % of {requests} requests on the new release ended within {canary} ms, on stable "
        "within {stable} ms: more than {limit} ms apart."
    ),
    "canary_p99_exceeds": _(
        "99 % of {requests} requests on the new release ended within {canary} ms, on stable "
        "within {stable} ms: more than {limit} ms apart."
    ),
    "canary_metric_exceeds": _(
        "“{name}” per request is {canary} on the new release and {stable} on stable: worse by "
        "more than {limit}."
    ),
    "limit_crossed": _(
        "Waiting to see whether it lasts: {cause} It goes back once that is so in each of {spans} "
        "spans of {seconds} s, one after the other."
    ),
    "canary_silent": _(
        "The new release has answered no request for {seconds} s, while stable answered {heard}; "
        "about {expected} should have reached it. Is it running, and does the edge know it?"
    ),
    "canary_lately_silent": _(
        "Waiting: the new release has answered no request for {seconds} s, while stable answered "
        "{heard}; about {expected} should have reached it. It goes back if that lasts."
    ),
    "stable_lately_silent": _(
        "Waiting: stable has answered no request for {seconds} s, while the new release answered "
        "{heard}; about {expected} should have reached it."
    ),
    "canary_loses_requests": _(
        "Waiting: the new release is within its limits, but it answered {requests} requests where "
        "{share} % of the users should have brought about {expected} (stable answered {heard}). "
        "Requests that get no answer are counted by nobody: do its workers die or time out, and "
        "does the edge obey the share?"
    ),
    "canary_too_few": _(
        "Waiting: {requests} requests on the new release in this step, {minimum} are needed to "
        "judge it."
    ),
    "stable_too_few": _(
        "Waiting: {requests} requests on stable beside it, {minimum} are needed to compare."
    ),
    "instances_unheard": _(
        "Waiting: what was measured is within its limits, but these live processes have reported "
        "nothing for {seconds} s: {instances}. Nobody knows whether they fail. Do they reach "
        "Redis? Their log of “zdt.metering” says so; or end them."
    ),
    "warming_up": _("Waiting: the step warms up for another {seconds} s."),
    "traffic_silent": _(
        "No requests reached either release for {seconds} s, so nothing can be judged. Send some, "
        "or wait."
    ),
    "metrics_absent": _(
        "No requests were measured for {seconds} s, as no process has reported any, so nothing can "
        "be judged. If the site is not simply idle: is MeteringMiddleware in MIDDLEWARE, and do "
        "the processes reach Redis?"
    ),
    "stable_silent": _(
        "Stable has answered no request for {seconds} s, while the new release answered {heard}; "
        "there is nothing to compare with. Is stable running?"
    ),
    "sample_invalid": _(
        "The metrics of the window at {window} cannot be true ({flaw}), so they are not judged."
    ),
    "times_invalid": _("The metric source's times cannot be read, so nothing is judged."),
    "no_baseline": _(
        "Everyone is on the new release, and stable has only {requests} requests before that "
        "({minimum} are needed): there is nothing to compare with."
    ),
    "metric_absent": _(
        "Nobody has counted “{name}” lately on either release, so it cannot be judged. Count it "
        "with 0 where nothing happened, and none differs from not measured."
    ),
    "metric_absent_on_canary": _(
        "Stable has counted “{name}” lately and the new release has not, so it cannot be judged. "
        "Count it with 0 where nothing happened, and none differs from not measured."
    ),
    "metric_absent_on_stable": _(
        "The new release has counted “{name}” lately and stable has not, so it cannot be judged. "
        "Leave it out of the plan until both releases count it."
    ),
    "metrics_unavailable": _("The metrics could not be read: {reason}"),
    "metrics_stale": _("The newest metrics are {seconds} s old, too old to judge by."),
    "metrics_late": _(
        "Waiting: the newest metrics are {seconds} s old, and nobody is promoted by what may have "
        "changed since."
    ),
    "metrics_returning": _(
        "The metrics could not be read a moment ago, and processes still hand in what they kept; "
        "the next verdict looks at them."
    ),
    "first_look": _(
        "The monitor's first look came {seconds} s after the first users; the intervals before it "
        "are not judged."
    ),
    "slots_missed": _(
        "Nobody judged for {slots} intervals ({seconds} s): no monitor ran. Are `zdt_worker` and "
        "`zdt_ticker` running?"
    ),
}

_CONSEQUENCES = {
    "unwatched": _(
        "No monitor renewed the share of {share} % in time, so routers went to 0 % by themselves; "
        "everyone is on stable. Are `zdt_worker` and `zdt_ticker` running?"
    ),
    "blind_too_long": _(
        "The new release at {share} % could not be judged for {seconds} s, so everyone is on "
        "stable. The last reason: {cause}"
    ),
    "blind_and_held": _(
        "The new release at {share} % has not been judged for {seconds} s. From 50 % up this rolls "
        "nothing back, since stable may be scaled down: look at it, then roll back or wait. The "
        "last reason: {cause}"
    ),
    "judged_again": _("The monitor can judge it again."),
    "baked_unjudged": _(
        "The watch at 100 % has ended without a good verdict at its end. Look at the numbers "
        "before you complete the deployment. The last reason: {cause}"
    ),
    "inconclusive": _(
        "The time to watch this step is over without a verdict, so it stays at this share: advance "
        "it yourself, wait, or roll back. What is missing: {cause}"
    ),
    "routers_behind": _(
        "Routers have not followed the new share for {seconds} s. `manage.py zdt_doctor` names "
        "proxies that do not apply it; look for web processes that cannot reach Redis and "
        "PostgreSQL on the fleet page."
    ),
}

_ROLLBACK = {
    "rollback_callback_failed": _(
        "Everyone is on stable, but the callback {callback} failed {attempts} times: {error}. Mend "
        "the cause, then retry."
    ),
    "rollback_not_followed": _(
        "0 % was published {seconds} s ago, and these processes have not followed: {instances}. "
        "End them, or retry once they answer. If the host of one is gone for good, say so: "
        "`manage.py zdt_fleet forget INSTANCE --reason …`."
    ),
}

_FITNESS = {
    "rolling_behind_router": _(
        "{routers} sends users to servers by their release, and a rolling deployment has an "
        "orchestrator replace those: users would be sent to processes that are gone. Choose the "
        "canary or the blue_green strategy, or take the agent or the entry of ZDT_TRAFFIC away and "
        "let the balancer reach all processes alike."
    ),
    "router_without_release": _(
        "{router} has no servers for {release} (it knows {known}). Give it some, reload it, and "
        "try again a few seconds later; docs/how-to/routing.md shows how."
    ),
}

_RETREAT = {
    "region_returned": _("In {region} every router sends users to stable, and callbacks are done."),
    "retreat_callback_failed": _(
        "In {region} users are on stable, but the callback {callback} failed {attempts} times: "
        "{error}. Mend the cause; zdt goes on trying."
    ),
    "retreat_not_followed": _(
        "Stable was published for {region} {seconds} s ago, and these processes have not followed: "
        "{instances}. End them, or mend their way to Redis and PostgreSQL; zdt goes on looking."
    ),
}

_ROLLING = {
    "rollback_not_replaced": _(
        "For {seconds} s the fleet has not returned: {left} processes are still of {release} and "
        "{old} serve the release before. Replace them by {previous}, then retry."
    ),
    "blind_while_replaced": _(
        "What was replaced so far cannot be judged, so the gate answers unknown, and the "
        "orchestrator is told to pause. zdt has no hand on processes: nothing goes back by itself. "
        "The last reason: {cause}"
    ),
    "orchestrator_deaf": _(
        "{callback} could not be told to {word} after {attempts} attempts: {error}. Do it by hand; "
        "it is tried again."
    ),
}

SENTENCES = {**_VERDICTS, **_CONSEQUENCES, **_ROLLBACK, **_FITNESS, **_RETREAT, **_ROLLING}
messages.register(SENTENCES)
