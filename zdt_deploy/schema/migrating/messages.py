"""What zdt_migrate says: why it waits, and why it gave up."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_deploy.schema.migrating.conf import conf

__all__ = ["conf"]

messages.register(
    {
        "migrate_fake_reason": _(
            "--fake marks migrations as done that were not, so say why with --reason: it goes "
            "into the record."
        ),
        "migrate_pooled": _(
            "A pooler stands in front of the database “{alias}”, and holds no lock for a session. "
            "Let ZDT_DIRECT_DATABASE name an alias that reaches the server itself."
        ),
        "migrate_direct_elsewhere": _(
            "ZDT_DIRECT_DATABASE (“{direct}”) leads to {there}, and “{alias}” to {here}. Both have "
            "to reach the same database of the same server."
        ),
        "migrate_not_postgresql": _(
            "The database “{alias}” is not PostgreSQL. Use `manage.py migrate --database {alias}`."
        ),
        "migrate_in_transaction": _("A transaction is open on “{alias}”; migrate outside of it."),
        "migrate_queue_too_long": _(
            "Another zdt_migrate has not ended within {seconds} s: {runner}. See what it does, and "
            "end it if it hangs: its lock goes with it."
        ),
        "migrate_turn_lost": _(
            "The session that held the lock of zdt_migrate was closed before {migration}. Run it "
            "again: what is done is not done twice."
        ),
        "migrate_lock_not_had": _(
            "{migration} did not get its locks in {tries} tries within {seconds} s, and was rolled "
            "back each time. In the way: {blockers}. End that transaction, and run zdt_migrate "
            "again."
        ),
        "migrate_gave_up": _("After {seconds} s: {cause}"),
        "migrate_waits_for_owed": _(
            "{migration} needs a column or table gone that is still there ({problem}): the "
            "contract of {key} is owed. {why} `manage.py zdt_schema status {key}` tells more; run "
            "zdt_migrate again once it is done."
        ),
        "migrate_still_missing": _(
            "The models of this release need what “{alias}” lacks: {missing}. Run `manage.py "
            "makemigrations --check`, and see whether a migration was faked or something was "
            "dropped by hand."
        ),
        "migrate_models_behind": _(
            "The migrations of this release switch {changes}, but its models still use the old "
            "shape: {left}. Change models.py (`manage.py makemigrations --check --dry-run` shows "
            "the difference), and migrate again: until then this release is not on record as one "
            "that reads the new shape."
        ),
        "migrate_open_change": _(
            "{migration} was not begun: “{operation}” is about {what}, which {key} ({phase}) holds "
            "in its old and its new shape, so that code of two releases runs. Code of one of them "
            "would fail or lose what it writes, or PostgreSQL would refuse it. {cause}"
        ),
        "migrate_view": _(
            "{migration} was not begun: “{operation}” is about {what}, which is a view over the "
            "table until the contract of {key} ({phase}), so that PostgreSQL would refuse it. "
            "{cause}"
        ),
        "migrate_stopped_by_change": _(
            "PostgreSQL refused {migration} ({problem}), as {key} ({phase}) holds {table} in its "
            "old and its new shape. {cause}"
        ),
        "change_unswitched": _(
            "Finish that change first: `manage.py zdt_schema next '{key}'` writes its next step. "
            "Or abandon it: `manage.py zdt_migrate {app} {before}`."
        ),
        "change_switched": _(
            "Finish that change first: `manage.py zdt_schema next '{key}'` writes its contract, "
            "and `zdt_schema status '{key}'` says what that waits for."
        ),
        "change_owed": _(
            "Its contract is owed: `manage.py zdt_schema advance '{key}'` does it as soon as it "
            "may be, and `zdt_schema status '{key}'` says what it waits for. Then run zdt_migrate "
            "again."
        ),
        "migrate_wait_over": _("{key} was not verified within {seconds} s. {cause}"),
    }
)
