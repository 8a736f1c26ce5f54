"""What operations ask of models, tables and fields."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "not_postgresql": _(
        "{what} knows PostgreSQL only, and the alias {alias} is {vendor}. Keep its models away "
        "from that alias with a database router."
    ),
    "model_unknown": _(
        "The migrations know no model {model} at this point. Did you mean {nearest}?"
    ),
    "model_field_unknown": _("{model} has no field {field} at this point. Did you mean {nearest}?"),
    "field_without_column": _(
        "{field} of {model} has no column of its own. A change of this kind is for a field that "
        "has one."
    ),
    "name_not_stored": _(
        "PostgreSQL can't keep “{name}” as the name that is to follow {old}. Choose one of 1 to "
        "{longest} bytes that isn't one of its own, such as xmin."
    ),
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
