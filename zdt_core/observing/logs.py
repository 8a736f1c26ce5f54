"""Groups the errors that this process logs, whatever handlers the site has.

`watch` looks at every record that is made, as a handler of the root logger would miss loggers that
do not propagate, and would silence Python's handler of last resort.
"""

from __future__ import annotations

import logging
from typing import Any

from zdt_core.conf import conf
from zdt_core.observing import ledger as room
from zdt_core.observing import patterns
from zdt_core.observing.ledger import ledger
from zdt_core.observing.under_way import under_way


class PatternHandler(logging.Handler):
    """Counts records by `zdt_core.observing.patterns`. It never raises, and writes nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if not conf.OBSERVE or record.levelno < logging.getLevelName(conf.OBSERVE_LEVEL):
                return
            if record.name in conf.OBSERVE_IGNORE:
                return
            pattern = patterns.of_record(record, with_sample=conf.OBSERVE_SAMPLES)
            ledger.errors.append((pattern, under_way.get() is not None))
            if len(ledger.errors) >= room.FULL:
                ledger.add_up()
        except Exception:
            self.handleError(record)


handler = PatternHandler(logging.WARNING)
"""This process's."""


class _Factory:
    """Makes records as the factory before it does, and shows them to the handler."""

    def __init__(self, before: Any) -> None:
        self.before = before

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self.before(*args, **kwargs)
        if record.levelno >= handler.level:
            handler.emit(record)
        return record


def watch() -> None:
    """Look at every record from now on. Idempotent."""
    before = logging.getLogRecordFactory()
    if not isinstance(before, _Factory):
        logging.setLogRecordFactory(_Factory(before))
