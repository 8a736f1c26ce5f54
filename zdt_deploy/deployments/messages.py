"""What deployments say: refusals, causes, and where each stands in one sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_deploy.deployments.sentences import describe

__all__ = ["describe"]

_PLANS = {
    "plan_field_unknown": _("A plan has no field “{field}”. Did you mean “{nearest}”?"),
    "plan_field_unheard_of": _("A plan has no field “{field}”. It has {known}."),
    "plan_field_invalid": _("“{field}” of the plan must be {expected}, not {value}."),
    "plan_unknown": _("There is no plan “{name}”. Known: {known}."),
    "plan_file_kind": _("“{path}” is no plan: name one, or a file that ends in .json or .toml."),
    "plan_file_unreadable": _("The plan in {path} cannot be read: {error}."),
    "steps_unreadable": _(
        "“{part}” in “{text}” is no percentage. Write steps like 5,25,50,100 or 5:10m,25:2h,100."
    ),
    "plan_has_no_steps": _("A plan needs at least one step, and has at most {most}."),
    "plan_does_not_rise": _(
        "The steps must rise: {after} % follows {before} %. Give them like 5,25,50,100."
    ),
    "plan_does_not_end_at_100": _(
        "The last step is {last} %, and a plan ends with everyone: add 100."
    ),
    "blue_green_has_one_step": _(
        "Blue-green sends everyone at once: give it the one step 100, or choose the canary "
        "strategy."
    ),
    "plan_names_regions": _(
        "Steps of the {strategy} strategy are everyone's, and one names the region {region}: "
        "choose the regional strategy."
    ),
    "plan_names_no_region": _(
        "The regional strategy goes from region to region, and no step names one. Write steps like "
        "us-east=10:4h,eu-west=30:4h,100."
    ),
    "plan_ends_in_a_region": _(
        "The last step is of {region} alone, and a plan ends with everyone: add one step 100 "
        "without a region."
    ),
    "plan_wave_without_region": _(
        "Only the last step is everyone's; name a region in all others, like us-east=10."
    ),
    "plan_region_twice": _("{region} comes up again after another region. Put its steps in a row."),
    "scope_needs_regions": _(
        "rollback_scope “region” takes back one region of several, and the {strategy} strategy has "
        "none. Choose the regional strategy, or leave it at “all”."
    ),
    "percentage_out_of_range": _("A percentage lies above 0 and up to 100, not at {value}."),
    "percentage_too_fine": _("A percentage has at most three decimals, {value} has more."),
    "interval_too_short": _(
        "The monitor cannot look more often than each second, not {seconds} s."
    ),
    "never_wrong_is_never_sure": _(
        "With {field} 0 the judge may never be wrong, and so would never say anything. Take a "
        "small probability, as 0.01."
    ),
    "always_wrong_is_never_sure": _(
        "With {field} {value} the judge may always be wrong, and what it says would mean nothing. "
        "Take a small probability, as 0.01."
    ),
    "validity_too_short": _(
        "valid_seconds is {valid} s, and must be above twice the interval of {interval} s, or "
        "routers would go back between two ticks of a healthy monitor."
    ),
    "duration_unreadable": _(
        "“{text}” is no duration. Write a number and a unit, up to a year: 90s, 30m, 2h, 7d."
    ),
}
_STARTING = {
    "duplicate_deployment": _(
        "{version} is being deployed to {service} in {environment} already ({id}, {state}). Wait "
        "for it, or roll it back first."
    ),
    "moves_not_over": _(
        "Something keeps a deployment in {environment} locked for more than {seconds} s, so nobody "
        "can say whether it is on its way to more users. Nothing was changed. Try again; if it "
        "stays so, look in pg_stat_activity for a transaction that was left open."
    ),
    "window_open": _(
        "The way back from {version} to {previous} is open until {until} ({id}). A new deployment "
        "closes it; agree to that with --close-window."
    ),
    "stable_unknown": _(
        "zdt cannot tell which release is the stable one (alive beside the new one: {alive}). Name "
        "it with --from."
    ),
    "stable_differs": _(
        "{known} is what reached everyone last, not {given}: users would be moved from it. Leave "
        "--from out, or insist with --force. One recorded before that has to be cancelled."
    ),
    "version_unchanged": _("{version} is the stable release already; there is nothing to deploy."),
    "version_malformed": _(
        "“{version}” cannot be a release: 1 to 40 letters, digits, dots, pluses, dashes or "
        "underscores."
    ),
    "label_malformed": _(
        "“{name}” cannot be a service or an environment: 1 to 40 letters, digits, dots, dashes or "
        "underscores."
    ),
    "no_live_process": _(
        "No web process of {release} is alive and taking requests for “{service}” in {environment} "
        "(alive there: {alive}). Start one with ZDT_VERSION={release}, wait until `manage.py "
        "zdt_fleet` shows it, and try again; or name another --service or --environment."
    ),
    "process_silent": _(
        "The web processes of {release} have been silent for {seconds} s, so nobody knows whether "
        "they are alive. See `manage.py zdt_fleet`."
    ),
    "stable_not_alive": _(
        "No web process of {release} is alive and taking requests for “{service}” in {environment} "
        "(alive there: {alive}), so nobody can be sent there. Start release {release} first, or "
        "insist with --force."
    ),
}
_REGIONS = {
    "region_unknown": _(
        "No web process of “{service}” runs in the region {region} of {environment}. Known: "
        "{known}. Name the regions as ZDT_REGION does, with --steps or in the plan."
    ),
    "region_without_release": _(
        "No web process of {release} is alive and taking requests in the region {region} (alive "
        "there: {alive}). Start one there with ZDT_VERSION={release}."
    ),
    "region_unread": _(
        "Nobody has read the metrics of the region {region} yet. Run `manage.py zdt_ticker` there."
    ),
    "region_mixed": _(
        "The source tells {region} of processes that {other} was told of, so that regions cannot "
        "be told apart. Let the queries of ZDT_METRIC_SOURCE name $region, or each region ask a "
        "server of its own."
    ),
    "region_stale": _(
        "The newest metrics of the region {region} are {seconds} s old. Run `manage.py zdt_ticker` "
        "there, and see its log."
    ),
    "region_harmed": _(
        "In the region {region}, which is still on {release}, {now} % of requests fail now, and "
        "{before} % did before the deployment: more than {limit} percentage points apart. "
        "Does the new release write what the old one cannot read?"
    ),
    "region_silent": _(
        "In the region {region}, which is still on {release}, there were {requests} requests in "
        "the newest {seconds} s of its metrics, far fewer than before the deployment. Does it take "
        "requests, and does its source tell all of them?"
    ),
    "region_not_in_plan": _("The plan has no region “{region}”. It has: {known}."),
    "region_without_users": _("Nobody in the region {region} is on the new release."),
    "in_region": _("In {region}: {cause}"),
}
_BATCHES = {
    "batch_open": _("So many more processes may be replaced now: {count}."),
    "batch_not_begun": _(
        "{version} is only recorded. Begin it with `manage.py zdt_deployment begin`."
    ),
    "batch_observed": _(
        "{new} of {all} processes are new, which is this step's {share} %. They are watched before "
        "more are replaced."
    ),
    "batch_paused": _("It is paused. {cause}"),
    "batch_held": _("The monitor cannot judge what was replaced so far: {cause}"),
    "batch_going_back": _(
        "{version} goes back or went back: replace its processes by those of {previous}. {cause}"
    ),
    "batch_done": _("Every process is of {version}; there is nothing left to replace."),
    "batch_dropped": _("The deployment of {version} was dropped."),
    "batch_not_rolling": _(
        "{version} is deployed by the {strategy} strategy, which replaces no processes."
    ),
    "batch_fleet_silent": _(
        "{count} web processes are silent ({instances}), so nobody knows how much of the fleet is "
        "replaced. See `manage.py zdt_fleet`."
    ),
    "batch_fleet_empty": _("No web process takes requests. See `manage.py zdt_fleet`."),
    "batch_unwatched": _(
        "Nobody has judged it for {seconds} s. Start `manage.py zdt_worker` and `zdt_ticker`."
    ),
    "batch_blind": _("The newest verdict could not judge: {cause}"),
    "processes_left": _("{new} processes are of {release} and {old} are not: replace those first."),
}
_ARTIFACTS = {
    "set_malformed": _("“{text}” sets nothing. Write --set FIELD=VALUE."),
    "artifact_malformed": _("“{text}” is no artifact. Write NAME=PATH or NAME=sha256:HEX."),
    "artifact_name_malformed": _(
        "“{name}” cannot name an artifact: 1 to 100 letters, digits, dots, slashes, dashes or "
        "underscores."
    ),
    "artifact_digest_malformed": _("The SHA-256 of {name} must be 64 hex digits, not “{digest}”."),
    "artifact_not_a_file": _("The artifact {name} is at {path}, which is no file."),
    "artifact_unreadable": _("The artifact {name} at {path} cannot be read: {error}."),
    "artifacts_too_many": _("A deployment names at most {most} artifacts."),
    "artifact_twice": _("There are two artifacts called {name}; name each once."),
}
_MOVING = {
    "no_such_deployment": _(
        "There is no deployment {id}. List them with `manage.py zdt_deployment list`."
    ),
    "no_deployment_here": _(
        "Nothing has been deployed to {service} in {environment} yet. Is that where you meant?"
    ),
    "illegal_move": _(
        "A deployment that is {state} does not take “{event}”. Possible now: {possible}."
    ),
    "steps_remain": _("No step is skipped on the way to everyone; {next} % comes next."),
    "stale_revision": _(
        "Somebody moved the deployment since you looked (revision {expected}): it is {state} now, "
        "at revision {revision}. Look again before you decide."
    ),
    "not_for_people": _(
        "“{event}” is for zdt itself to say, when it has seen that it is so. "
        "See `manage.py zdt_deployment status` for what you can do."
    ),
    "reason_missing": _("Say why with --reason; it goes into the record."),
    "reason_missing_for_window": _(
        "The way back is open until {until}. To close it earlier, say why with --reason."
    ),
}
_CAUSES = {
    "person_said": "{who}: {reason}",
    "person_did": _("By {who}."),
    "window_over": _("The time in which it could be rolled back is over."),
    "window_closed": _("The deployment of {version} ({id}) closed the way back."),
}
for _sentences in (_PLANS, _STARTING, _REGIONS, _BATCHES, _ARTIFACTS, _MOVING, _CAUSES):
    messages.register(_sentences)
