"""How a slice of a lane begins: the backfill, its work, the table and the key to go through."""

from __future__ import annotations

from django.db import Error as DatabaseError

from zdt_core import jobs
from zdt_core.exceptions import Refused
from zdt_deploy.backfills import faults, keys, kinds, planning, runs
from zdt_deploy.backfills.ending import fail
from zdt_deploy.backfills.faults import Fault
from zdt_deploy.backfills.lanes import Lane
from zdt_deploy.backfills.models import Backfill

State = Backfill.State


def work(slice: jobs.Slice) -> jobs.Then:
    """One slice of a lane's run. Where it can't be done at all, the backfill ends with why."""
    backfill_id, number = runs.read_lane_key(slice.key)
    row: Backfill | None = Backfill.objects.filter(pk=backfill_id).first()
    if row is None or row.state != State.RUNNING:
        return jobs.done()
    try:
        found = kinds.find(row.kind, row.spec)
        if found is None:
            return runs.leave_to_others(slice)
        connection = planning.connection_of(row.alias)
        table = keys.table(connection, row.table)
        key = keys.find(connection, table)
        keys.require(table, key, row.key)
        found.begin(connection, table.sql)
    except Refused as refusal:
        return fail(slice, row, refusal.code, refusal.params)
    except DatabaseError as error:
        if faults.judge(error) in (*faults.PASSING, Fault.SLOW):
            raise
        return fail(slice, row, *faults.refusal_of(error))
    return Lane(slice, row, number, found, connection, table, key).work()
