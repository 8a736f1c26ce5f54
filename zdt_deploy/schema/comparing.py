"""Comparing every row of a change: the kind of work "compare" of the backfill engine.

Each batch is one SELECT, so that its rows are seen in one snapshot that is held for no longer than
the batch takes: a snapshot over the whole table would hold vacuum back for hours. A row is looked
at once the trigger is there, and whoever writes it later writes it through the trigger; so batches
with snapshots of their own prove as much as a single one. What they find is counted in the
transaction that moves the engine's cursor, where both are on the same alias.
"""

from __future__ import annotations

import shlex
from typing import Any

from django.db.models import F

from zdt_core import database
from zdt_core.exceptions import Refused
from zdt_deploy.backfills import kinds
from zdt_deploy.backfills.kinds import Batch, Done, Work
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import filling, pairing
from zdt_deploy.schema.models import Certificate

KIND = "compare"
SAMPLES = 100


class Compare(Work):
    """Counts the rows whose columns differ, those that would not convert back, and those with a
    NULL that the switch would not take."""

    first_rows = 2000
    changes_rows = False

    def __init__(self, spec: dict[str, Any]) -> None:
        self.pair = pairing.pair_from(spec["pair"])
        self.certificate: int = spec["certificate"]

    def do(self, batch: Batch) -> Done:
        rows, wrong, counts, keys = self._look(batch)
        if wrong:
            self._note(counts, [list(key) for key in keys])
        return Done(rows=rows, changed=wrong)

    def check_retry(self, backfill: Backfill) -> None:
        """Never: what it was to prove is settled once it has ended, however it did."""
        key = filling.key_of(backfill)
        again = f"manage.py zdt_schema verify {shlex.quote(key)}"
        raise Refused("schema_compare_again", key=key, again=again)

    def _look(self, batch: Batch) -> tuple[int, int, dict[str, int], list[Any]]:
        where, params = batch.where()
        key = ", ".join(f"({column.sql})::text" for column in batch.key.columns)
        different, lossy, nulls = (
            condition.replace("%", "%%")
            for condition in (self.pair.difference(), self.pair.roundtrip(), self.pair.nulls())
        )
        sql = f"""
            SELECT count(*), count(*) FILTER (WHERE wrong),
                   count(*) FILTER (WHERE different), count(*) FILTER (WHERE lossy),
                   count(*) FILTER (WHERE nulls), (array_agg(key) FILTER (WHERE wrong))[1:{SAMPLES}]
              FROM (SELECT *, different OR lossy OR nulls AS wrong
                      FROM (SELECT ARRAY[{key}] AS key, ({different}) AS different,
                                   ({lossy}) AS lossy, ({nulls}) AS nulls
                              FROM {batch.table} WHERE {where}) AS looked_at) AS compared
        """  # noqa: S608 - names and expressions are quoted where they are made
        with batch.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows, wrong, unequal, unlike, empty, keys = cursor.fetchone()
        return rows, wrong, {"different": unequal, "lossy": unlike, "nulls": empty}, keys or []

    def _note(self, counts: dict[str, int], keys: list[list[str]]) -> None:
        with database.atomic():
            found = Certificate.objects.select_for_update().filter(pk=self.certificate).first()
            if found is None:  # the change was forgotten meanwhile
                return
            Certificate.objects.filter(pk=found.pk).update(
                **{name: F(name) + count for name, count in counts.items()},
                samples=(found.samples + keys)[:SAMPLES],
            )


kinds.register(KIND, Compare)
