"""Indexes and constraints, and rows that they don't hold for."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
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
        "Rows of {table} violate {name}: {detail}. Such rows: {rows}. Nothing was left behind. "
        "Mend them, and run it again."
    ),
    "rows_violate_still": _(
        "Rows of {table} violate {name}: {detail}. Such rows: {rows}. The constraint stays as it "
        "was before, not valid, so that nobody can update them. Mend them, and run it again; or "
        "drop the constraint."
    ),
    "constraint_left": _(
        "The constraint {name} of {table} could not be taken back, so that rows that violate it "
        "can't be updated. Run this once nothing is in its way: {sql}. {error}"
    ),
    "constraint_differs": _(
        "{table} has another constraint called {name}: {there}. Wanted: {wanted}. Choose another "
        "name, or drop that one first."
    ),
}
