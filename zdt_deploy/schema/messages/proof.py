"""Whether both shapes are equal."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "schema_not_verified": _("{key} is not verified, so its two shapes may differ. {cause}"),
    "schema_still_fills": _(
        "Its rows are still being filled; `manage.py zdt_backfill show '{backfill}'` says how far, "
        "and the comparison follows by itself."
    ),
    "schema_still_compares": _(
        "Its rows are still being compared; `manage.py zdt_schema status` says how far."
    ),
    "schema_compares_next": _(
        "Its rows are filled; comparing them follows by itself within seconds."
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
    "schema_retry_over": _(
        "The change {key} has gone on, or is gone, so that it would overwrite values that are "
        "right by now. See where the change stands: `{again}`."
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
    "schema_rows_null": _(
        "{nulls} of {rows} rows would have a NULL in {columns}, where the models say there is "
        "none, so that code may not switch; the certificate lists keys. Change the conversion so "
        "that it makes no NULL, or make the field null=True: migrate back to before the expand, "
        "and forward again with it. If only those rows are wrong, mend them, then `manage.py "
        "zdt_schema verify '{key}'`."
    ),
    "schema_switch_refused": _(
        "The switch found rows that violate what it would add, so they are compared again."
    ),
    "schema_compare_again": _(
        "A comparison that was broken off proves nothing, also if it did the rest. Start it anew: "
        "`{again}`."
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
        "The table {table} is gone, or was renamed by hand. Give it its name back; or restore it, "
        "then `manage.py zdt_schema verify '{key}' --repair`. If nobody needs its rows, create it "
        "empty, with its key and the columns of both shapes, repair that, and migrate on or back."
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
