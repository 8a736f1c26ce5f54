"""Keeps URLs with secrets out of the log: urllib3 writes each path and query at DEBUG."""

from __future__ import annotations

import logging

THREAD = "zdt outbound"


def _not_ours(record: logging.LogRecord) -> bool:
    return record.threadName != THREAD


logging.getLogger("urllib3.connectionpool").addFilter(_not_ours)
