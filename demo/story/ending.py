"""How the story ends: what had to come true, and the table. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MONITOR = "system:monitor"


@dataclass(slots=True)
class Rename:
    """What came of the rename of users.user_email to email_address."""

    phase: str = ""
    filled: int = 0
    fill_seconds: float | None = None
    compared: int = 0
    compare_seconds: float | None = None
    different: int = 0
    owed: bool = False
    owed_seconds: float | None = None

    def unmet(self) -> list[tuple[bool, str]]:
        return [
            (
                self.phase == "contracted",
                f"The column was to be renamed to its end; it is {self.phase or 'not begun'}.",
            ),
            (self.compared > 0, "No row of the renamed column was compared."),
            (self.different == 0, f"{self.different} rows differed."),
            (self.owed, "The old column was to stay owed while an old process was alive."),
        ]

    def rows(self) -> list[tuple[str, str]]:
        return [
            (
                "renamed under load",
                f"users.user_email to email_address ({self.phase or 'not begun'})",
            ),
            (
                "rows filled",
                f"{self.filled:,} in {_took(self.fill_seconds)}, {self.compared:,} compared in "
                f"{_took(self.compare_seconds)}, {self.different} differ",
            ),
            ("old column owed for", _took(self.owed_seconds)),
        ]


@dataclass(slots=True)
class Ending:
    """What came of the two releases and of the rename, and the account of the load."""

    bad: str
    good: str
    bad_state: str = ""
    bad_by: str = ""
    bad_reason: str = ""
    bad_seconds: float | None = None
    good_state: str = ""
    good_reason: str = ""
    good_seconds: float | None = None
    comparison: str = ""
    rename: Rename = field(default_factory=Rename)
    drained: dict[str, bool] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)
    logs: str = ""

    def unmet(self) -> list[str]:
        """What did not come true, as sentences; empty when the story ended well."""
        return [sentence for true, sentence in self._conditions() if not true]

    def _conditions(self) -> list[tuple[bool, str]]:
        requests, failed = self.account.get("requests", 0), self.account.get("failed")
        served = self.account.get("releases", {}).get(self.good, {}).get("requests", 0)
        return [
            (requests > 0, "The load sent no request."),
            (failed == 0, f"{failed} requests failed that should not have."),
            (
                self.bad_state == "rolled_back" and self.bad_by == MONITOR,
                f"Release {self.bad} was to be rolled back by the monitor; it is "
                f"{self.bad_state or 'not there'}{f', by {self.bad_by}' if self.bad_by else ''}.",
            ),
            (
                self.good_state in ("baking", "completed"),
                f"Release {self.good} was to reach 100 %; it is {self.good_state or 'not there'}. "
                f"{self.good_reason}".strip(),
            ),
            (served > 0, f"Release {self.good} served nobody."),
            *self.rename.unmet(),
            (self.account.get("read_back", 0) > 0, "No visitor read back what was written."),
            *(
                (ok, f"Release {name} did not drain and leave in time.")
                for name, ok in self.drained.items()
            ),
        ]

    def table(self) -> str:
        """The table at the end."""
        longest = self.account.get("longest") or {}
        rows = [
            ("requests served", f"{self.account.get('requests', 0):,}"),
            ("failed requests", f"{self.account.get('failed', 'unknown')}"),
            (f"failed on {self.bad}, planted", f"{self.account.get('planted', 0)}"),
            ("longest request", _longest(longest)),
            ("rolled back", f"{self.bad} by {self.bad_by or 'nobody'}. {self.bad_reason}"),
            ("time to rollback", _seconds(self.bad_seconds, "from its first visitor")),
            (
                "released",
                f"{self.good} ({self.good_state}), {_seconds(self.good_seconds, 'to all')}",
            ),
            *([("compared with the release before", self.comparison)] if self.comparison else []),
            *self.rename.rows(),
            ("addresses that were read back", f"{self.account.get('read_back', 0):,}"),
            *self._releases(),
        ]
        lines = [f"  {name}: {value}" for name, value in rows]
        lines += [f"    {trouble}" for trouble in _troubles(self.account)]
        return "\n".join(lines)

    def _releases(self) -> list[tuple[str, str]]:
        return [
            (
                f"served by {release}",
                f"{sums['requests']:,}, half within {sums['p50_ms']:g} ms, "
                f"95 % within {sums['p95_ms']:g} ms",
            )
            for release, sums in self.account.get("releases", {}).items()
        ]


def _longest(outcome: dict[str, Any]) -> str:
    if not outcome:
        return "none"
    return f"{outcome['seconds']:.2f} s ({outcome['request']} on {outcome['release'] or 'none'})"


def _seconds(seconds: float | None, what: str) -> str:
    return "unknown" if seconds is None else f"{seconds:.1f} s {what}"


def _took(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{seconds:.1f} s"


def _troubles(account: dict[str, Any]) -> list[str]:
    return [
        f"at {found['at']} s: {found['request']}: {found['trouble'] or found['status']} "
        f"({found['release'] or 'no release'}, {found['seconds']:.2f} s)"
        for found in account.get("troubles", [])
    ]
