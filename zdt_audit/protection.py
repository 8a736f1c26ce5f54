"""The trigger that lets entries only be added, and where it is.

A test database does without it: Django clears tables between tests by ``TRUNCATE a, b, …``, which
fails as a whole where one of them refuses. A test database is one that Django's test machinery
named, seen from inside a test run; both have to be so. Everywhere else the trigger stays, also in a
copy of a production database that somebody restores under another name.
"""

from __future__ import annotations

import enum
from typing import Any

from django.core import mail
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import TEST_DATABASE_PREFIX

from zdt_core import database

BODY = """
BEGIN
    RAISE EXCEPTION 'Audit entries are only ever added: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Correct a wrong entry by adding another one.';
END
"""

PROTECT = f"""
CREATE OR REPLACE FUNCTION zdt_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $${BODY}$$;
CREATE OR REPLACE TRIGGER zdt_audit_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON zdt_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION zdt_audit_refuse();
ALTER TABLE zdt_audit_entry ENABLE ALWAYS TRIGGER zdt_audit_append_only;
"""

RELAX = "DROP TRIGGER zdt_audit_append_only ON zdt_audit_entry"

_STATE = """
SELECT trigger.tgenabled = 'A',
       trigger.tgtype = 58 AND trigger.tgqual IS NULL AND function.prosrc = %s
FROM pg_trigger AS trigger JOIN pg_proc AS function ON function.oid = trigger.tgfoid
WHERE trigger.tgrelid = to_regclass('zdt_audit_entry')
  AND trigger.tgname = 'zdt_audit_append_only'
"""  # 58: before a statement that updates, deletes or truncates


class State(enum.StrEnum):
    WHOLE = "whole"
    MISSING = "missing"
    DISABLED = "disabled"
    CHANGED = "changed"


def state(connection: BaseDatabaseWrapper) -> State:
    """What has become of the trigger; one that fires in replica mode, too, is whole."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [BODY])
        row = cursor.fetchone()
    if row is None:
        return State.MISSING
    always, as_made = row
    if not always:
        return State.DISABLED
    return State.WHOLE if as_made else State.CHANGED


def protect(connection: BaseDatabaseWrapper) -> None:
    """Put the trigger (back) in its place."""
    with connection.cursor() as cursor:
        cursor.execute(PROTECT)


def is_test_database(connection: BaseDatabaseWrapper) -> bool:
    """True inside a test run, for a database that the run made or keeps for itself."""
    in_a_test_run = hasattr(mail, "outbox")
    name = str(connection.settings_dict.get("NAME") or "")
    given = connection.settings_dict.get("TEST", {}).get("NAME")
    named_for_tests = name == given if given else name.startswith(TEST_DATABASE_PREFIX)
    return in_a_test_run and named_for_tests


def relax_test_database(sender: Any, using: str, **kwargs: Any) -> None:
    """After each migrate: take the trigger off a test database."""
    connection = connections[using]
    if using != database.alias() or not is_test_database(connection):
        return
    if state(connection) is not State.MISSING:
        with connection.cursor() as cursor:
            cursor.execute(RELAX)
