"""How urgent a notification is. No I/O."""

from __future__ import annotations

import enum


class Severity(enum.StrEnum):
    INFO = "info"  # good to know
    WARNING = "warning"  # somebody should look today
    CRITICAL = "critical"  # somebody has to act now
