"""Times the queries of requests, on every connection of this process."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from zdt_core.conf import conf
from zdt_core.observing import ledger as room
from zdt_core.observing.ledger import ledger
from zdt_core.observing.statements import READ
from zdt_core.observing.under_way import under_way


def connect() -> None:
    """Time the queries of every connection that is opened from now on."""
    connection_created.connect(_watch, dispatch_uid="zdt_core.observing")


def timed(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """An execute wrapper: what runs outside of a request is left alone."""
    spent = under_way.get()
    if spent is None:
        return execute(sql, params, many, context)
    started = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = perf_counter() - started
        spent[0] += seconds
        spent[1] += 1
        entries = ledger.statements
        entries.append((sql[:READ] if isinstance(sql, str) else sql, seconds))
        if len(entries) >= room.FULL:
            ledger.add_up()


def _watch(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if conf.OBSERVE and timed not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, timed)
