"""What the checklist says: refusals, what was seen, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

_MARKING = {
    "preflight_item_unknown": _("The checklist has no item “{item}”. It has {known}."),
    "preflight_not_by_hand": _(
        "zdt looks at “{item}” itself, so that nobody can tick it. Do what it says, or waive it "
        "with a reason."
    ),
    "preflight_reason_missing": _(
        "Say why “{item}” may be left out; the reason goes into the record."
    ),
    "preflight_marked": _(
        "“{item}” has a {kind} by {by} already, from {at}. Take that back first, if it is wrong."
    ),
    "preflight_no_mark": _("“{item}” has no mark on {id} that could be taken back."),
    "preflight_too_late": _(
        "The deployment is {state}, so that “{item}” is closed: how it stood is on record."
    ),
    "preflight_too_early": _(
        "The deployment is {state}; “{item}” can be told from the time {phase} it on."
    ),
    "preflight_mark_outdated": _(
        "{by} marked this before it changed, so that the mark counts no more: take it back, and "
        "look again."
    ),
    "preflight_item_named": _("Of the checklist: {item}."),
}
_STARTING = {
    "preflight_failed": _(
        "The checklist says no ({items}). See `manage.py zdt_preflight`; mend what failed, or "
        "waive it with a reason. Record the deployment with --hold first, so that there is "
        "something to tick and to waive."
    ),
    "preflight_unknown": _(
        "The checklist is not clear yet ({items}). See `manage.py zdt_preflight`; what is unknown "
        "has to be mended, ticked or waived. Record the deployment with --hold first, so that "
        "there is something to tick and to waive."
    ),
    "preflight_began_in_spite": _("It began although the checklist was open: {items}."),
    "preflight_began_clear": _("It began with a clear checklist."),
}
_LOOKING = {
    "preflight_not_yet": _("It cannot be told yet."),
    "preflight_not_recorded": _(
        "Nobody looked when it began, as ZDT_PREFLIGHT was “off” or the checklist is newer."
    ),
    "preflight_unreadable": _(
        "“{item}” could not be looked at ({error}); see the log “zdt.preflight”."
    ),
    "preflight_by_hand": _("{how}"),
}
_PROCESSES = {
    "preflight_nobody_told": _(
        "No live web process of {release} is there to tell. Start one with ZDT_VERSION={release}; "
        "`manage.py zdt_fleet` shows it."
    ),
    "preflight_process_mute": _(
        "A web process of {release} tells nothing: its zdt is older than the checklist."
    ),
    "preflight_process_silent": _(
        "{n} web processes of {release} are silent ({instance}), and nobody knows how they are. "
        "Look again in a few seconds, or end them; `manage.py zdt_fleet` shows them."
    ),
    "preflight_no_health": _(
        "{instance} has no health endpoints. Put zdt_core.health.HealthMiddleware first in "
        "MIDDLEWARE."
    ),
    "preflight_unhealthy": _(
        "{instance} is unhealthy ({checks}). Ask its /health, and mend what it names."
    ),
    "preflight_not_checked": _(
        "{instance} has not checked its health lately ({checks}). Look again in a few seconds."
    ),
    "preflight_checks_missing": _(
        "{instance} is healthy without: {checks}. Put it back into ZDT_HEALTH_CRITICAL."
    ),
    "preflight_healthy": _("Healthy: {checks}, in {n} web processes."),
    "preflight_no_drain": _(
        "{instance} fails the requests that it has when it ends. Add "
        "zdt_core.drain.DrainMiddleware after HealthMiddleware."
    ),
    "preflight_drain_short": _(
        "Requests in flight get {finish} s to finish. Set ZDT_DRAIN_FINISH to {least} or more."
    ),
    "preflight_grace_short": _(
        "SIGKILL comes {grace} s after SIGTERM, before a drain of {needed} s is over. Give "
        "{needed} s where the site is run, and set ZDT_DRAIN_GRACE to the same."
    ),
    "preflight_drains": _("{finish} s for requests in flight, {grace} s until SIGKILL."),
    "preflight_not_metered": _(
        "{instance} does not count its requests. Add zdt_core.metering.MeteringMiddleware after "
        "DrainMiddleware."
    ),
    "preflight_metered": _("{n} web processes count their requests."),
    "preflight_source_untried": _(
        "No deployment was judged by ZDT_METRIC_SOURCE yet. See that it tells releases apart, then "
        "tick this."
    ),
    "preflight_source_judged": _("{version} was judged by the same source."),
    "preflight_no_sockets": _("No process of the service holds WebSockets."),
    "preflight_sockets_untold": _(
        "This site speaks ASGI, and none of its processes tells of WebSockets. See that clients "
        "leave the old release by themselves, then tick this."
    ),
    "preflight_sockets_open": _(
        "{n} processes of {release} still hold WebSockets. Let them drain; tick this once clients "
        "have moved."
    ),
    "preflight_sockets_over": _("No process of {release} holds WebSockets any more."),
}
_SITE = {
    "preflight_no_flags": _("zdt_flags is not installed."),
    "preflight_flags_untested": _(
        "Try what the release's flags switch, on and off; then tick this."
    ),
    "preflight_balancer_unknown": _(
        "zdt does not know how often the balancer looks. Set ZDT_LB_INTERVAL to what it does, or "
        "tick this."
    ),
    "preflight_balancer_looks": _("It looks every {seconds} s (ZDT_LB_INTERVAL)."),
    "preflight_balancer_rate": _(
        "It looks every {seconds} s (ZDT_LB_INTERVAL). Let it look every 5 to 10 s: more often "
        "costs, more seldom sends users to a process that is gone."
    ),
    "preflight_cache_of_one_process": _("No cache is shared by processes."),
    "preflight_cache_shared": _(
        "Both releases read the cache {aliases}. Let its KEY_PREFIX hold ZDT_VERSION, or tick this "
        "once keys carry a version wherever their content changes its shape."
    ),
    "preflight_cache_versioned": _("Keys carry the release: {aliases}."),
    "preflight_notify_wrong": _("Nobody can be told: {problem} Mend ZDT_NOTIFY."),
    "preflight_notify_log_only": _(
        "Notifications go to the log only. Name a channel that wakes somebody in ZDT_NOTIFY."
    ),
    "preflight_notify_untried": _(
        "Nothing was delivered by {channels} for {days} days. Try `manage.py zdt_notify test`, and "
        "tick this when somebody got it."
    ),
    "preflight_notify_tried": _("Delivered lately: {channels}."),
}
_WATCH = {
    "preflight_no_limit": _(
        "No error rate is too high for this plan. Set max_error_delta to 0.02."
    ),
    "preflight_nobody_watches": _("Nobody would look: start {absent}."),
    "preflight_watched": _(
        "Rolled back at {points} percentage points more errors than stable; worker and ticker are "
        "live."
    ),
    "preflight_watched_by_evidence": _(
        "Rolled back once evidence says that surely more requests fail than on stable; worker and "
        "ticker are live."
    ),
    "preflight_not_rehearsed": _(
        "Nothing was rolled back for {days} days. Rehearse it with `manage.py zdt_drill start`; if "
        "you did elsewhere, tick this."
    ),
    "preflight_went_back": _("{version} went back ({id})."),
}
_PLAN = {
    "preflight_all_at_once": _("Blue-green sends everyone at once."),
    "preflight_first_share": _(
        "The plan begins with {share} % of users. Let it begin with {most} or less: --steps "
        "5,25,50,100."
    ),
    "preflight_first_share_small": _("The plan begins with {share} % of users."),
    "preflight_step_short": _(
        "At {share} % it is watched for {minutes} min before the next step. Give it {least} or "
        "more: --bake 30m."
    ),
    "preflight_steps_watched": _("For {minutes} min at least."),
    "preflight_went_on_early": _(
        "{who} went on from {share} % after {minutes} min. Next time, let the plan do it."
    ),
    "preflight_hurried": _(
        "An emergency took it on from {share} % after {minutes} min. Say so in its review."
    ),
    "preflight_leaps": _(
        "It goes from {before} to {after} % at once. Put steps between: --steps 5,25,50,100."
    ),
    "preflight_too_fast": _(
        "{shares} % within {hours} h. Take {least} h or more, so that what comes slowly is seen, "
        "too."
    ),
    "preflight_slow_enough": _("{shares} % within {hours} h."),
    "preflight_window_short": _(
        "The way back closes after {hours} h. Keep the old release for {least} h or more: --window "
        "24h."
    ),
    "preflight_window_planned": _("The plan keeps it for {hours} h."),
}
_SCHEMA = {
    "preflight_migrations_untold": _(
        "The code of {release} has not told its migrations. Run `manage.py zdt_migrate` or "
        "`manage.py zdt_preflight` with it."
    ),
    "preflight_migrations_take": _(
        "Migrations of {release} take what the release before may use: {operations}. Write them "
        "with `manage.py zdt_schema new`, in steps."
    ),
    "preflight_migrations_opaque": _(
        "zdt cannot tell what these do to the release before: {operations}. Look at them, then "
        "tick this."
    ),
    "preflight_migrations_add": _("{n} migrations of {release}, which only add."),
    "preflight_change_stuck": _(
        "The schema change {key} needs a person: {trouble} See `manage.py zdt_schema status`."
    ),
    "preflight_changes_well": _("{n} under way, {owed} contracts owed; none needs a person."),
    "preflight_not_migrated": _(
        "{n} migrations of {release} are not applied ({names}). Run `manage.py zdt_migrate` with "
        "its code."
    ),
    "preflight_migrated": _("Every migration of {release} is applied or owed."),
    "preflight_not_migrated_yet": _("Migrate with the code of {release} first; then look."),
    "preflight_shape_gone": _(
        "{release} may need what is gone from the database: {changes}. Do not go back to it; see "
        "`manage.py zdt_schema status`."
    ),
    "preflight_old_unhealthy": _(
        "{instance}, which runs {release}, is unhealthy ({checks}). See its /health before "
        "anything else."
    ),
    "preflight_old_lives": _("{release} is healthy on it, and nothing was taken from it."),
}
_AFTERMATH = {
    "preflight_old_gone": _(
        "No web process of {release} is there any more: the way back is gone. Start one again, "
        "until the way back closes."
    ),
    "preflight_old_there": _("{n} web processes of {release} are there."),
    "preflight_closed_early": _("The way back to {release} was closed before its time."),
    "preflight_latency_unseen": _(
        "The monitor has no percentiles of both releases. Compare them elsewhere, then tick this."
    ),
    "preflight_latency_unjudged": _(
        "p95 {new} ms against {old} ms before, without a verdict. Look at it, then tick this."
    ),
    "preflight_latency_worse": _(
        "p95 {new} ms against {old} ms before, which is over a limit. See the deployment's page."
    ),
    "preflight_latency_compared": _("p95 {new} ms against {old} ms before."),
}
_PATH = {
    "path_people": _("zdt cannot tell; ask the people who would know."),
    "path_phased": _("{n} schema changes went over several releases."),
    "path_not_phased": _("No schema change yet; begin one with `manage.py zdt_schema new`."),
    "path_reached": _("{version} reached everyone so."),
    "path_no_canary": _("Start one with `manage.py zdt_deployment start VERSION`."),
    "path_no_blue_green": _(
        "Start one with `manage.py zdt_deployment start VERSION --strategy blue_green`."
    ),
    "path_automated": _("A pipeline or a shell started {version}."),
    "path_by_hand": _("Let a pipeline start deployments; docs/how-to/pipelines.md shows how."),
    "path_shorter": _("{version} was observed for less than half an hour a step."),
}
for _sentences in (
    _MARKING, _STARTING, _LOOKING, _PROCESSES, _SITE, _WATCH, _PLAN, _SCHEMA, _AFTERMATH, _PATH,
):  # fmt: skip
    messages.register(_sentences)
