"""What the contract waits for."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "schema_owed": _(
        "The contract of {key} is owed: the old shape stays until its gate opens. {why}"
    ),
    "schema_not_owed": _(
        "Nobody has asked for the contract of {key} yet. Apply the migration that contracts it."
    ),
    "schema_not_switched": _(
        "{key} is {phase}; its contract comes after its switch. Apply the migrations in order."
    ),
    "schema_observed": _("It is still observed, for {left} more."),
    "schema_processes": _(
        "Processes are alive that may need the old shape: {processes}. Retire them; if their code "
        "reads the new shape, migrate once with their ZDT_SERVICE and ZDT_VERSION."
    ),
    "schema_nobody_serves": _(
        "No web process of a release that reads the new shape is live in the fleet, so nobody "
        "knows whether the site's processes are seen at all. See `manage.py zdt_fleet`; have them "
        "join it, or start one."
    ),
    "schema_silent_processes": _(
        "Processes that may need the old shape have fallen silent, and nobody knows whether they "
        "are gone: {processes}. See `manage.py zdt_fleet`."
    ),
    "schema_sessions": _(
        "PostgreSQL sessions of releases that may need the old shape are open: {sessions}. End "
        "those processes."
    ),
    "schema_strange_sessions": _(
        "PostgreSQL sessions are open that zdt did not name, so that nobody knows what they need: "
        "{sessions}. End them, or add their name or user to ZDT_SCHEMA_TRUSTED_SESSIONS if they "
        "never use the site's tables."
    ),
    "schema_sessions_unread": _("{error} Grant pg_read_all_stats or see why PostgreSQL refuses."),
    "schema_deployment": _(
        "The deployment {id} of {service} is {state} and may send users to {release}, which may "
        "need the old shape. Complete or cancel it, or wait until its way back is closed."
    ),
    "schema_reason_missing": _("Say why {key} may be contracted against its gate, with --reason."),
    "schema_contract_begun": _(
        "The contract of {key} was begun and has not ended, so it can't be taken back now. Run "
        "`manage.py zdt_schema advance '{key}'`, then reverse it."
    ),
    "schema_contract_runs": _(
        "Somebody takes the old shape of {key} away right now. Wait until that has ended, or for "
        "ten minutes if it was killed, then try again."
    ),
    "schema_contract_overtaken": _(
        "While it waited for its lock, somebody else moved {key} on. Nothing was taken away."
    ),
    "schema_contract_failed": _(
        "PostgreSQL refuses what the contract of {key} does: {error}. Mend what it says: who runs "
        "zdt's workers has to own the table, for one. It is tried again by itself, and at once by "
        "`manage.py zdt_schema advance '{key}'`."
    ),
    "schema_not_restorable": _(
        "What {key} contracted can't be brought back. Write a new change instead."
    ),
    "schema_kind_unknown": _(
        "This release knows no schema change of the kind {kind} (known: {known}). Run it with the "
        "release that wrote it."
    ),
}
