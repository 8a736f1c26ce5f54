"""The record of a change."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "schema_alias_gone": _(
        "The settings of this process have no database {alias}, so nobody knows how {key} stands, "
        "and it does not go on. Put the alias back into DATABASES until the change is contracted "
        "or taken back."
    ),
    "schema_alias_silent": _(
        "The database {alias} can't be reached, so nobody knows how {key} stands, and it does not "
        "go on: {error}"
    ),
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
    "schema_record_missing": _(
        "{what}: this goes on record, for which {tables} has to be in the database “{alias}” "
        "first. See that the dependencies of this migration have "
        '("zdt_deploy", "0001_initial"), and migrate zdt\'s apps along with this one: '
        "`manage.py migrate --database {alias}`."
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
    "columns_spanned": _(
        "{what} of {table} spans columns of {key} and of {other} ({phase}), and would end as a mix "
        "of old and new ones. Finish {other} first: `manage.py zdt_schema status` says what it "
        "waits for. Or drop that first, and add it again after the contracts."
    ),
    "schema_nothing_to_fill": _(
        "{key} has no two columns that are kept equal, so nothing to fill."
    ),
    "schema_nothing_to_compare": _(
        "{key} has no two columns that are kept equal, so nothing to compare."
    ),
}
