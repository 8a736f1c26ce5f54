"""When a backfill's table is cleaned: whenever a part of it was changed, and whole at the end."""

from __future__ import annotations

import logging
import time

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Sum

from zdt_deploy.backfills import quarters, vacuums
from zdt_deploy.backfills.conf import conf
from zdt_deploy.backfills.keys import Table
from zdt_deploy.backfills.kinds import Work
from zdt_deploy.backfills.models import Backfill, Range
from zdt_deploy.backfills.pacing import Mode, Pacing
from zdt_deploy.backfills.throttle import Watch

LEAST_TO_VACUUM = 10_000
LEAST_CHANGED = 1000
LAST_RUNS = 3
"""So often is the VACUUM of the end begun; one that is cut short each time would have no end."""
_DEEP_RUNS = 4
_MOMENT, _LOOK_SECONDS = 0.1, 0.5
logger = logging.getLogger("zdt.backfills")


class Cleaning:
    """Of the table of ``row``. ``is_last_begun`` tells that the VACUUM of the end was begun, and
    ``last_runs`` how often."""

    def __init__(
        self,
        row: Backfill,
        work: Work,
        connection: BaseDatabaseWrapper,
        table: Table,
        *,
        is_last_begun: bool = False,
        last_runs: int = 0,
    ) -> None:
        self.row, self.work = row, work
        self.connection, self.table = connection, table
        self.is_last_begun, self.last_runs = is_last_begun, last_runs
        self.is_rare = False
        """Whether about half of the changed rows leave nothing to clean."""

    def least(self) -> int:
        """So many changed rows are worth a VACUUM."""
        share = conf.BACKFILL_VACUUM_SHARE * (quarters.VACUUM_EVERY if self.is_rare else 1)
        return max(LEAST_TO_VACUUM, round(share * self._rows()))

    def begin_if_due(self, paced: Pacing) -> None:
        """Begin a VACUUM once enough was changed since the last one; one lane of all does."""
        if not self._is_wanted(paced):
            return
        changed, before, least = self._changed(), self.row.rows_cleaned, self.least()
        if self._rows() - least < changed <= self._rows():
            return  # the last run is near
        due = Backfill.objects.filter(pk=self.row.pk, rows_cleaned__lte=changed - least)
        if changed < least or not due.update(rows_cleaned=changed):
            return
        runs = _DEEP_RUNS // quarters.VACUUM_EVERY if self.is_rare else _DEEP_RUNS
        deep = max(least, self._rows() // runs)
        self._begin(vacuums.DEEP if changed // deep > before // deep else vacuums.QUICK, paced)

    def is_worth_an_end(self, paced: Pacing) -> bool:
        """Whether enough was changed for a whole VACUUM once all is done."""
        return self._is_wanted(paced) and self._changed() >= max(LEAST_CHANGED, 0.01 * self._rows())

    def end(self, paced: Pacing, watch: Watch) -> bool:
        """Go on with the VACUUM of the end for a moment; whether nothing is left to wait for.

        Another process may be at it. For a VACUUM that no backfill began nobody waits: it does what
        ours would.
        """
        running = vacuums.at_work(self.connection.alias, self.table)
        if running is not None:
            running.wait(_MOMENT)
            return False
        if vacuums.is_at_work_anywhere(self.connection, self.table):
            time.sleep(_LOOK_SECONDS)
            return False
        if self.is_last_begun or watch.look_at_table().being_vacuumed:
            return True
        self._begin(vacuums.LAST, paced)
        self.is_last_begun = True
        self.last_runs += 1
        return False

    def cut_short(self) -> None:
        """A run was ended before its time: the one of the end is begun again, a few times."""
        if self.is_last_begun and self.last_runs >= LAST_RUNS:
            logger.warning(
                "VACUUM of %s was cut short %s times; the rest is left to autovacuum",
                self.table.plain, self.last_runs,
            )  # fmt: skip
        else:
            self.is_last_begun = False

    def _begin(self, statement: str, paced: Pacing) -> None:
        vacuums.begin(
            self.connection.alias,
            self.table,
            statement,
            polite=paced.mode is not Mode.NONE,
            backfill=self.row.pk,
        )

    def _is_wanted(self, paced: Pacing) -> bool:
        return paced.vacuum and self.work.changes_rows

    def _rows(self) -> int:
        return self.row.rows_total or 0

    def _changed(self) -> int:
        ranges = Range.objects.filter(backfill=self.row)
        return int(ranges.aggregate(all=Sum("rows_changed", default=0))["all"])
