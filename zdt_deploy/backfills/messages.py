"""What backfills say: refusals, why one rests or goes slowly, and why one has ended."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

_ASKED = {
    "backfill_unknown": _("There never was a backfill “{name}”; see `zdt_backfill list`."),
    "backfill_kind_unknown": _("This release knows no work of the kind “{kind}”. Known: {known}."),
    "backfill_function_unknown": _(
        "This release declares no backfill “{name}” in the `backfills` module of an app."
    ),
    "backfill_declared_twice": _(
        "Two modules declare “{name}”, both {one} and {other}. Give one another name; until then "
        "neither is run."
    ),
    "backfill_name": _("A backfill needs a name of 1 to 200 characters."),
    "backfill_spec": _("Work of the kind “{kind}” needs {expected}."),
    "backfill_lanes": _("A backfill has 1 to {most} lanes, not {lanes}."),
    "backfill_on_error": _("on_error is one of {known}, not “{value}”."),
    "backfill_state": _(
        "“{name}” is {state}, and this is possible only while a backfill is: {possible}."
    ),
    "backfill_lives_already": _("Another backfill “{name}” is live; see to that one."),
    "backfill_declared_otherwise": _(
        "“{name}” is declared otherwise by now, and a retry would do what it was begun with. Start "
        "it anew: `{again}`. Rows that are right already stay as they are."
    ),
    "backfill_declarations_unread": _(
        "A module `backfills` of some app can't be imported ({error}), so that nobody knows what "
        "the backfill is by now. Mend that, then retry."
    ),
    "backfill_superseded": _(
        "A newer backfill “{name}” (number {newer}) took its place, and what this one has left may "
        "have other values by now. See to that one: `{again}`."
    ),
    "backfill_queryset": _(
        "Its queryset has to be a function without arguments that makes a QuerySet, such as "
        "`Order.objects.all`, or a model; it is {value}."
    ),
    "backfill_queryset_cut": _(
        "Its queryset is a slice, or made by union(), intersection() or difference(), which can't "
        "be filtered by the keys of a batch. Say by filter() which rows it is about; conditions "
        "are joined by Q(…) | Q(…)."
    ),
    "backfill_queryset_raises": _("Its queryset cannot be made: {error}"),
    "backfill_pacing_type": _("A pacing is a mode or a dictionary of fields, not {value}."),
    "backfill_pacing_unknown": _("A pacing has no field “{field}”. It has {known}."),
    "backfill_pacing_mode": _("There is no pacing “{mode}”. Known: {known}."),
    "backfill_pacing_number": _("“{field}” of a pacing lies between {least} and {most}: {value}."),
    "backfill_windows": _(
        "“windows” of a pacing is a list of hours, such as [“22:00-05:00”], not {value}."
    ),
    "backfill_window_unreadable": _("“{text}” tells no hours. Write them like 22:00-05:00."),
    "backfill_zone_unknown": _(
        "There is no time zone “{zone}” on this machine. Write one like Europe/Berlin; where none "
        "is known, install tzdata."
    ),
}
_TABLES = {
    "backfill_table_missing": _("There is no table “{table}” in the database “{alias}”."),
    "backfill_not_a_table": _("“{table}” is no table; a backfill goes through a table's rows."),
    "backfill_view": _(
        "“{view}” is a view over {tables}, as the new name of a table is while it is renamed, and "
        "a backfill goes through a table's rows. Wait until it is renamed, or declare the backfill "
        "with `sql` and that table."
    ),
    "backfill_table_without_key": _(
        "{table} has neither a primary key nor a unique index whose columns are all NOT NULL, so "
        "there is no order to go through it. Add one: CREATE UNIQUE INDEX CONCURRENTLY on columns "
        "that are NOT NULL."
    ),
    "backfill_key_not_in_model": _(
        "The table's key has the column “{column}”, and {model} has no field for it. Declare the "
        "backfill with `sql` instead."
    ),
    "backfill_sets_key": _(
        "It would set “{column}”, a column of the key by which it goes through the table: rows "
        "would come again. Write to a column of its own, and let a schema change switch over."
    ),
    "backfill_sql_refused": _("PostgreSQL refuses this change of {table}: {error}"),
    "backfill_alias_unknown": _("DATABASES has no “{alias}”."),
    "backfill_not_postgresql": _("The database “{alias}” is no PostgreSQL."),
}
_TYPED = {
    "backfill_name_unknown": _("No app declares a backfill “{name}”. Did you mean “{nearest}”?"),
    "backfill_not_declared": _(
        "No app declares a backfill “{name}” in its module `backfills.py`. Declared: {known}. One "
        "that a migration starts goes on by itself, or with `resume` and `retry`."
    ),
}
_ATTENDED = {
    "backfill_stalled": _(
        "Nobody works on it, although it is due. Start `manage.py zdt_worker` with the release "
        "that knows it, and `manage.py zdt_ticker`; then look at the last error of its lanes."
    ),
    "backfill_moves": _("Somebody works on it again, or it is due later."),
}
_ENDS = {
    "backfill_ranges_failed": _(
        "{ranges} of its ranges failed, the first at the row with the key {key} "
        "({error}). Mend that, then retry."
    ),
    "backfill_ranges_stopped": _(
        "{ranges} of its ranges failed; the first stopped after the key {key} "
        "({error}). Mend that, then retry."
    ),
    "backfill_failing": _(
        "Its last try failed ({error}); nothing that is done is lost. It {again}; if that fails "
        "too, mend the cause."
    ),
    "backfill_rows_failed": _(
        "{rows} rows could not be done, and are listed. Mend them, then retry."
    ),
    "backfill_too_many_errors": _(
        "More than {most} rows could not be done; this is no matter of single rows. The last: "
        "{error}"
    ),
    "backfill_shape_gone": _(
        "The table is not what it was when the backfill began ({error}). Nothing done is lost; put "
        "right what was changed, then retry. Where the table or its key stays another one, a retry "
        "goes through all of its rows."
    ),
    "backfill_not_allowed": _(
        "PostgreSQL lets it neither see nor change every row ({error}). Give the role of the alias "
        "the privileges, and BYPASSRLS where policies would hide rows; then retry."
    ),
    "backfill_disk_full": _("PostgreSQL's disk is full ({error}). Make room first."),
    "backfill_not_planned": _("It could not be planned: {error}"),
}
_SLOW = {
    "backfill_outside_hours": _("It works at {windows} ({zone}) only, and goes on at {opens}."),
    "backfill_replica_behind": _("The replica “{replica}” is {seconds} s behind."),
    "backfill_wal_retained": _("{megabytes} MB of WAL wait for “{replica}”."),
    "backfill_slot_lost": _("The replication slot “{replica}” has lost WAL that it needs."),
    "backfill_wal_rate": _("The server writes {megabytes} MB of WAL a second."),
    "backfill_others_wait": _("{sessions} sessions of others wait for a lock of this backfill."),
    "backfill_table_waits": _("{sessions} sessions wait for locks of the table."),
    "backfill_lock_not_had": _(
        "Rows of the table are locked by others; it tries again, with smaller batches."
    ),
    "backfill_no_room": _(
        "PostgreSQL has no room for a batch ({error}); it tries again, with smaller ones."
    ),
    "backfill_dead_rows": _("{rows} dead rows of the table wait for VACUUM."),
    "backfill_site_slow": _("The site's p95 is {milliseconds} ms, usually {usual} ms."),
    "backfill_hook": _("{hook} says: {text}"),
    "backfill_unseen": _("It cannot see whether it may go faster ({what}: {error})."),
    "backfill_vacuum": _("It cleans the table up with VACUUM."),
    "backfill_release_unknown": _(
        "The worker that looked does not know this work; it waits for one of a release that does."
    ),
    "backfill_errors_near": _("A batch raised, and is cut down to the row: {error}"),
}

messages.register(_ASKED)
messages.register(_TABLES)
messages.register(_ENDS)
messages.register(_SLOW)
messages.register(_TYPED)
messages.register(_ATTENDED)
