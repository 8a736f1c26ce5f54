"""What schema changes say: refusals, and what they wait for, in one sentence each."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_deploy.schema.conf import conf

__all__ = ["conf"]

_PAIRS = {
    "pair_columns": _(
        "A change needs old and new columns with different names, and has {columns} of {table}. "
        "Give the new field a db_column of its own."
    ),
    "pair_conversion_missing": _(
        "Say what {column} of {table} is made of: no conversion is given in `{side}`, and "
        "PostgreSQL has none that keeps each value. It is an SQL expression, with the columns of "
        "the other side in braces."
    ),
    "pair_column_unknown": _(
        "`{side}` gives a conversion for {column}, which is no column of that side of {table}."
    ),
    "pair_field_unknown": _(
        "The conversion of {column} of {table} in `{side}` names {{{field}}}; possible are the "
        "columns {known}. Double a brace that is meant literally."
    ),
    "pair_overflow_unknown": _("The policy {overflow} is unknown; there are {known}."),
    "pair_no_limit": _(
        "The policy {overflow} is not possible for {column} of {table}: zdt does not know what its "
        'type {type} can hold. Use overflow="raise", or let `down` make a value that it can hold.'
    ),
    "pair_not_null": _(
        "{column} of {table} may not be NULL, so that the policy “null” is not possible. Use "
        "“raise”, “clamp”, or “stop”, which gives up the way back."
    ),
    "column_not_doubled": _(
        "{column} of {table} can't be doubled beside the running site, as this hangs on it: "
        "{what}. Change a column that is no key, or take that off it first."
    ),
    "column_not_writable": _(
        "{column} of {table} is written by PostgreSQL itself (generated or identity), so that no "
        "trigger can keep it equal."
    ),
    "new_column_default": _(
        "{column} of {table} has the default {default}. It would overwrite what the old code "
        "inserts, which does not know the column. Drop the default; the old column's is taken over "
        "by the contract."
    ),
    "old_column_not_null": _(
        "{new} of {table} may be NULL, and {column} may not, so that each NULL of new code would "
        "be an error until the contract. Let {field} of {model} be NULL by DropNotNull in a "
        "release before."
    ),
    "new_default_too_early": _(
        "The db_default of {columns} of {table} comes into force with the contract, and until then "
        "new code that relies on it would write NULL. Leave it out here (a plain default works at "
        "once), and add it by AlterField in a release after the contract."
    ),
    "column_not_ours": _(
        "{table} has {column} already, without the trigger of this change: zdt did not add it, and "
        "would overwrite what is in it. Choose another db_column, or drop it first if nobody needs "
        "it."
    ),
    "column_of_field": _(
        "{column} of {table} is the column of {model}.{field}. Give the new field a db_column that "
        "no other field has."
    ),
    "trigger_meddles": _(
        "Triggers or rules of your own on {table} mention {columns}: {triggers}. They don't see "
        "what new code writes. Let them do the same with both columns, then name them in "
        "`acknowledge`."
    ),
    "twin_impossible": _(
        "{name} of {table} can't be had on the new column of the type {type}: {error} Drop it "
        "first, or write it so that it holds for both types."
    ),
    "foreign_key_of_partitions": _(
        "{table} is partitioned, and PostgreSQL takes no foreign key NOT VALID for it before 18. "
        "Drop {name} first, and add it again after the contract."
    ),
    "fields_in_meta": _(
        "The Meta of {model} names {fields} in {named}. Take it out in a migration before, and add "
        "what you need for the new fields after the switch."
    ),
    "alter_needs_db_column": _(
        "Give the new field of {model}.{field} a db_column of its own, here and in the models of "
        "the next release: both types need a column at the same time."
    ),
    "table_name_taken": _(
        "{table} can't be renamed to {name}: something else has that name already."
    ),
    "table_is_view": _(
        "{table} is a view, as tables are while they are renamed. Finish that first: `manage.py "
        "zdt_schema status` says what it waits for."
    ),
    "view_has_dependents": _(
        "The view {table} can't make way, as this hangs on it: {dependents}. Let it use the "
        "table's old name, or drop it."
    ),
    "functions_name_table": _(
        "These functions name {table} in their text, which doesn't follow a rename: {functions}. "
        "Let them use the new name first; it is there already."
    ),
    "new_shape_in_use": _(
        "The new columns of {key} can't go while processes are live that read them: {processes}. "
        "Retire those first."
    ),
    "undo_loses_values": _(
        "Rows of {table} hold values in {columns} that {old} can't hold, and undoing the change "
        "would drop them. Bring these rows to values that fit first (WHERE {where})."
    ),
    "old_column_gone": _(
        "{columns} of {table} is gone, so that the only values are those of {left}, and undoing "
        "the change would drop them. Add the old column again and fill it by an UPDATE from the "
        "new ones first."
    ),
    "way_back_given_up": _(
        "A value did not fit into {columns} of {table} at {since}, and the change was made with "
        'overflow="stop": the old column is incomplete from then on, and code can\'t read it '
        "again."
    ),
    "trigger_sorts_behind": _(
        "These triggers on {table} would change rows after {ours} has seen them, since PostgreSQL "
        "goes by their names: {triggers}. Give them names that sort before it (ALTER TRIGGER … "
        "RENAME TO …)."
    ),
    "schema_trigger_outrun": _(
        "A trigger on {table} sorts behind {trigger}, and may change rows that it has kept equal. "
        "Give it a name that sorts before (ALTER TRIGGER … RENAME TO …), or disable it; the rows "
        "are compared again then."
    ),
    "schema_trigger_altered": _(
        "The trigger {trigger} on {table} is not the one that zdt made: somebody replaced or "
        "altered it, its function, or a column's name. Put it back and compare again: `manage.py "
        "zdt_schema verify '{key}' --repair`."
    ),
}
_DDL = {
    "migration_is_atomic": _(
        "{what} may not run in a transaction, which would keep its locks until the migration ends: "
        "write `atomic = False` in the Migration class, and nothing else that needs a transaction."
    ),
    "lock_not_had": _(
        "{what} did not get its lock on {tables} in {tries} tries within {seconds} s, and nothing "
        "was changed. In the way: {blockers}. End that transaction, and run it again."
    ),
    "lock_tried_again": _(
        "{what} waits {seconds} s before it tries again. In the way: {blockers}."
    ),
    "statement_too_slow": _(
        "{what} held its lock for more than {seconds} s and was undone, because the site waits "
        "behind it. Raise ZDT_SCHEMA_STATEMENT_SECONDS if the site can wait that long."
    ),
    "snapshots_held": _(
        "{what} did not start, because it would wait for transactions that are open for long: "
        "{blockers}. End them, and run it again."
    ),
    "build_put_off": _("{what} starts when old transactions have ended: {blockers}."),
    "build_waits": _("{what} waits for transactions to end: {blockers}."),
    "build_waits_too_long": _(
        "{what} was cancelled and cleaned up, because it waited for {seconds} s for {blockers}. "
        "End that transaction, and run it again."
    ),
    "index_left_invalid": _(
        "{what} failed, and its invalid index could not be dropped: {indexes} ({error}). The next "
        "run drops it."
    ),
}
_INDEXES = {
    "index_differs": _(
        "{table} has another index called {name}: {there}. Wanted: {wanted}. Choose another name, "
        "or drop that one first."
    ),
    "index_name_taken": _("Something else than an index of {table} is called {name}."),
    "index_being_built": _(
        "The index {name} of {table} may be under construction by pid {pids}. Run this again when "
        "that has ended."
    ),
    "index_rebuilt": _(
        "{name} of {table} is invalid, left behind by a build that failed. It is dropped and built "
        "anew."
    ),
    "index_leftovers": _(
        "{table} has invalid indexes of a REINDEX CONCURRENTLY that failed: {indexes}. Drop them "
        "with DROP INDEX CONCURRENTLY."
    ),
    "rows_not_unique": _(
        "{name} is not unique in {table}: {detail} Nothing was left behind. Mend those rows, and "
        "run it again."
    ),
    "rows_violate": _(
        "Rows of {table} violate {name}: {detail} The constraint is there and keeps new ones out, "
        "and is not valid yet. Mend those rows, and run it again."
    ),
    "constraint_differs": _(
        "{table} has another constraint called {name}: {there}. Wanted: {wanted}. Choose another "
        "name, or drop that one first."
    ),
}
_OPERATIONS = {
    "not_postgresql": _(
        "{what} knows PostgreSQL only, and the alias {alias} is {vendor}. Keep its models away "
        "from that alias with a database router."
    ),
    "model_unknown": _(
        "The migrations know no model {model} at this point. Did you mean {nearest}?"
    ),
    "model_field_unknown": _("{model} has no field {field} at this point. Did you mean {nearest}?"),
    "field_without_column": _("{field} of {model} has no column of its own."),
    "field_not_relation": _("{field} of {model} is no ForeignKey or OneToOneField."),
    "table_missing": _(
        "There is no table {table} on the alias {alias}. Apply the migration that creates it "
        "first; if it counts as applied, the table was dropped by hand."
    ),
    "column_missing": _(
        "{table} on the alias {alias} has no column {column} (it has {known}). Was it renamed or "
        "dropped by hand?"
    ),
    "column_differs": _(
        "{table} has a column {column} already, of the type {there}. Wanted: {wanted}. Was it "
        "added by hand?"
    ),
    "column_without_default": _(
        "{table} has a column {column} already, but without a default, so that the INSERTs of the "
        "release before leave it empty. Was it added by hand? Give it its default with ALTER "
        "TABLE … ALTER COLUMN … SET DEFAULT, and run it again."
    ),
    "column_has_dependents": _(
        "{column} of {table} can't go, as this hangs on it: {dependents}. Take it off the column "
        "first; nothing is dropped along unasked."
    ),
    "column_will_not_go": _(
        "Take this off {column} of {table} before it is dropped: {dependents}."
    ),
    "table_has_dependents": _(
        "{tables} can't go, as this hangs on it: {dependents}. Take it off first; nothing is "
        "dropped along unasked."
    ),
    "retired_rows_null": _(
        "{column} of {table} can't be NOT NULL again: rows were written without it while it was "
        "retired. Fill them first (UPDATE … WHERE {column} IS NULL), and run it again."
    ),
    "drop_not_restorable": _(
        "Nobody knows any more what {column} of {table} was like, so it can't be added again."
    ),
    "column_came_back_empty": _(
        "{table} has its column {column} again, but not what was in it: that is in your backups."
    ),
    "table_comes_back_empty": _(
        "{tables} will be created anew when the model's retirement is reversed, and without rows: "
        "those are in your backups."
    ),
    "field_is_key": _("{field} is the primary key of {model}, which can't be retired."),
    "field_not_retired": _(
        "{field} is still a field of {model} at this point. RetireField comes first, a release "
        "before the drop."
    ),
    "model_not_retired": _(
        "{model} is still a model at this point. RetireModel comes first, a release before the "
        "drop."
    ),
    "default_missing": _(
        "{field} of {model} has no db_default, so that the INSERTs of the release before would "
        "fail or leave it empty. Give it one, or null=True with Django's own AddField."
    ),
    "default_volatile": _(
        "Adding {column} to {table} as “{definition}” would write the whole table anew under a "
        "lock, since the value differs from row to row. In three steps: add it with null=True and "
        "without a default; give it its db_default with AlterField; fill the old rows by a "
        "backfill (`manage.py zdt_backfill`)."
    ),
    "foreign_key_not_null": _(
        "{field} of {model} is NOT NULL, so that the INSERTs of the release before would fail. Add "
        "it with null=True, fill it, and make it NOT NULL with SetNotNull in a later release."
    ),
    "index_unknown": _("{model} has no index {name} at this point. Did you mean {nearest}?"),
    "constraint_unknown": _(
        "{model} has no constraint {name} at this point. Did you mean {nearest}?"
    ),
    "constraint_kind": _(
        "{name} is a {kind}, which PostgreSQL builds under a lock that holds writes up. This "
        "operation takes CheckConstraint and UniqueConstraint; use Django's own AddConstraint "
        "while the table is small."
    ),
}
_CHANGES = {
    "schema_illegal_move": _(
        "A change that is {phase} does not take “{move}”. Possible now: {possible}."
    ),
    "schema_change_gone": _(
        "The record of this change is gone: its expand was reversed. See `manage.py zdt_schema "
        "status`."
    ),
    "schema_stale": _(
        "Somebody moved {key} since it was read (revision {expected}). Look again before you "
        "decide."
    ),
    "schema_zdt_missing": _(
        "zdt's own tables are not in the database yet, so {key} cannot be recorded. Add "
        '("zdt_deploy", "0001_initial") to the dependencies of this migration.'
    ),
    "schema_no_record": _(
        "There is no record of {key} on the alias {alias}, and {table} has rows, so nobody knows "
        "whether both shapes are equal. Apply the migration that expands it; if it counts as "
        "applied (--fake, a copied database), migrate back to before it, and forward again."
    ),
    "schema_switched_already": _(
        "{key} is switched already: code reads its new shape. Reverse its switch before you expand "
        "it anew."
    ),
    "schema_contracted_already": _("{key} is contracted: its old shape is gone."),
    "schema_not_reversible": _(
        "{key} is {phase}. Reverse its later steps first, newest first; what is contracted can be "
        "brought back by reversing its contract."
    ),
    "columns_overlap": _(
        "{key} and {other} ({phase}) both touch {columns} of {table}, and two triggers on one "
        "column would undo each other's work. Finish {other} first: `manage.py zdt_schema status` "
        "says what it waits for."
    ),
    "schema_nothing_to_fill": _(
        "{key} has no two columns that are kept equal, so nothing to fill."
    ),
    "schema_nothing_to_compare": _(
        "{key} has no two columns that are kept equal, so nothing to compare."
    ),
}
_PROOF = {
    "schema_not_verified": _("{key} is not verified, so its two shapes may differ. {cause}"),
    "schema_still_fills": _(
        "Its rows are still being filled; `manage.py zdt_backfill show '{backfill}'` says how far, "
        "and the comparison follows by itself."
    ),
    "schema_still_compares": _(
        "Its rows are still being compared; `manage.py zdt_schema status` says how far."
    ),
    "schema_never_compared": _(
        "No comparison holds. Start one: `manage.py zdt_schema verify '{key}'`."
    ),
    "schema_fill_failed": _(
        "Filling its rows failed ({failed} rows with an error). See `manage.py zdt_backfill show "
        "'{backfill}'`, mend the rows, then `manage.py zdt_backfill retry '{backfill}'`. Another "
        "conversion takes migrating back to before the expand, and forward again with it."
    ),
    "schema_fill_cancelled": _(
        "Filling its rows was cancelled. Start it again: `manage.py zdt_schema verify '{key}' "
        "--repair`."
    ),
    "schema_rows_differ": _(
        "{different} of {rows} rows differ ({lossy} would not convert back); the certificate lists "
        "keys. Mend the rows, then `manage.py zdt_schema verify '{key}' --repair`. Another "
        "conversion takes migrating back to before the expand, and forward again with it."
    ),
    "schema_sides_differ": _(
        "{different} of {rows} rows differ after the switch; the certificate lists keys. Both "
        "releases may have written while nothing kept the columns equal, so find out which side is "
        "right. Mend rows one by one, then `manage.py zdt_schema verify '{key}'`; or overwrite all "
        "of one side: `manage.py zdt_schema verify '{key}' --repair --take old` (or `new`), with "
        "a --reason."
    ),
    "schema_side_unknown": _("“{side}” is no side of {key}; say old or new."),
    "schema_side_given": _(
        "{key} is {phase}: before the switch the old columns are right. Leave --take out."
    ),
    "schema_side_reason_missing": _(
        "Say how you know which side of {key} is right, with --reason: the other is overwritten."
    ),
    "schema_rows_lossy": _(
        "{lossy} of {rows} rows would not convert back; the certificate lists keys. Mend the rows, "
        "then `manage.py zdt_schema verify '{key}' --repair`. Another conversion takes migrating "
        "back to before the expand, and forward again with it; so does lossy=True in its "
        "migrations, where the loss is meant."
    ),
    "schema_compare_failed": _(
        "The comparison failed ({failed} rows with an error). See `manage.py zdt_backfill show "
        "'{backfill}'`, mend the rows, then `manage.py zdt_schema verify '{key}'`. Another "
        "conversion takes migrating back to before the expand, and forward again with it."
    ),
    "schema_compare_cancelled": _(
        "The comparison was cancelled. Start it again: `manage.py zdt_schema verify '{key}'`."
    ),
    "schema_trigger_changed": _(
        "The trigger was touched since the rows were compared, so they are compared again."
    ),
    "schema_trigger_missing": _(
        "The trigger {trigger} on {table} is gone, so the columns drift apart. Put it back and "
        "compare again: `manage.py zdt_schema verify '{key}' --repair`."
    ),
    "schema_trigger_disabled": _(
        "The trigger {trigger} on {table} is disabled, so the columns drift apart. Put it back and "
        "compare again: `manage.py zdt_schema verify '{key}' --repair`."
    ),
    "schema_table_missing": _(
        "The table {table} is gone. Restore it, or migrate the app back to before {key}."
    ),
    "schema_column_missing": _(
        "{table} has lost {columns} while {key} needs it; somebody dropped it by hand. If that is "
        "new, migrate the app back to before the change was expanded, and forward again. If it is "
        "old, its values are in the new columns only: don't migrate back; add it again, fill it "
        "from them by an UPDATE, then `manage.py zdt_schema verify '{key}' --repair`."
    ),
    "schema_begun_anew": _("The change was expanded anew."),
    "schema_compared_again": _("A later comparison took its place."),
    "schema_restored": _("The old shape was brought back, and is filled again."),
    "schema_repaired": _("The rows are filled again."),
}
_CONTRACT = {
    "schema_owed": _(
        "The contract of {key} is owed: the old shape stays until its gate opens. {why}"
    ),
    "schema_not_owed": _(
        "Nobody has asked for the contract of {key} yet. Apply the migration that contracts it."
    ),
    "schema_not_switched": _(
        "{key} is {phase}; its contract comes after its switch. Apply the migrations in order."
    ),
    "schema_observed": _("{key} is still observed, for {left} more."),
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
    "schema_not_restorable": _(
        "What {key} contracted can't be brought back. Write a new change instead."
    ),
    "schema_kind_unknown": _(
        "This release knows no schema change of the kind {kind} (known: {known}). Run it with the "
        "release that wrote it."
    ),
}
for _sentences in (_PAIRS, _DDL, _INDEXES, _OPERATIONS, _CHANGES, _PROOF, _CONTRACT):
    messages.register(_sentences)
