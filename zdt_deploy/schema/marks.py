"""The mark of a trigger: one text that changes whenever anything was done to it.

It holds the definition, and which versions of the rows in pg_trigger and pg_proc stand for it. A
trigger that was disabled and enabled again has another mark: rows may have passed meanwhile. So has
one on a partitioned table that got a partition, whose rows it has never seen.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_deploy.schema import catalogue

if TYPE_CHECKING:
    from zdt_deploy.schema.pairs import Pair

_VERSIONS = """
    WITH RECURSIVE family AS (
        SELECT to_regclass(%(table)s)::oid AS oid
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent)
    SELECT string_agg(concat_ws('.', t.tgrelid, t.oid, t.xmin, t.tgenabled, p.oid, p.xmin), ','
                      ORDER BY t.tgrelid)
      FROM family f JOIN pg_trigger t ON t.tgrelid = f.oid AND t.tgname = %(trigger)s
      JOIN pg_proc p ON p.oid = t.tgfoid
"""


def mark(connection: BaseDatabaseWrapper, pair: Pair) -> str | None:
    """The mark of the pair's trigger now; None where it does not keep the columns equal."""
    from zdt_deploy.schema import triggers

    fingerprint = triggers.fingerprint(connection, pair)
    if fingerprint is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"table": catalogue.quoted(pair.table), "trigger": pair.trigger})
        versions = cursor.fetchone()[0]
    return hashlib.sha256(f"{fingerprint} {versions}".encode()).hexdigest()
