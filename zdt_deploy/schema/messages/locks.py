"""Locks that are not had, and builds that wait."""

from django.utils.translation import gettext_lazy as _

SENTENCES = {
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
