"""What a channel is told, and its text. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zdt_core.notify.severity import Severity


@dataclass(frozen=True, slots=True)
class Letter:
    """``ref`` stays the same however often the letter is sent, ``key`` names the trouble."""

    ref: str
    kind: str
    key: str
    severity: Severity
    text: str
    why: str = ""
    cure: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    service: str = ""
    environment: str = ""
    resolved: bool = False
    at: datetime | None = None

    @property
    def subject(self) -> str:
        """What happened, in one line, urgency first."""
        mark = "RESOLVED" if self.resolved else self.severity.upper()
        return f"[{mark}] {' '.join(self.text.split())}"

    @property
    def lines(self) -> list[str]:
        """Why, what to do, where to look, and which letter this is; what is unknown is left out."""
        when = f"{self.at:%Y-%m-%d %H:%M:%S %Z}" if self.at else ""
        place = " · ".join(part for part in (self.service, self.environment, when) if part)
        found = [
            ("Why", self.why),
            ("Do", "" if self.resolved else self.cure),
            ("Page", self.url),
            ("Where", place),
            ("Ref", self.ref),
        ]
        return [f"{name}: {text}" for name, text in found if text]
