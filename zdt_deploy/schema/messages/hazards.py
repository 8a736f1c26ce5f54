"""What speaks against doubling a column, renaming a table, and going back."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
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
        "be an error until the contract. Let {column} be NULL by DropNotNull in a release before "
        "(`zdt_schema new null`), or leave out null=True here, and allow it after the contract."
    ),
    "down_makes_null": _(
        "{new} of {table} may be NULL, and `down` makes NULL of that for {column}, which may not, "
        "so that new code that writes it would fail until the contract. Let `down` make a value of "
        "it, as by coalesce(), or let {column} be NULL by DropNotNull in a release before "
        "(`zdt_schema new null`)."
    ),
    "up_makes_null": _(
        "{old} of {table} may be NULL, and `up` makes NULL of that for {column}, which may not, so "
        "that old code that writes it would fail from the switch on. Let `up` make a value of it, "
        "as by coalesce(), give the new field null=True, or set {old} NOT NULL in a release "
        "before (`zdt_schema new not-null`)."
    ),
    "conversion_by_session": _(
        "What `{way}` ({sql}) makes of a value for {column} of {table} depends on the time zone of "
        "the session that writes it, so that rows would differ though they were compared. Name the "
        "zone: {{day}}::timestamp AT TIME ZONE 'UTC' of a date, ({{at}} AT TIME ZONE 'UTC')::date "
        "of a moment."
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
