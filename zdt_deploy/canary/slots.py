"""The monitor's time: intervals since a deployment's first traffic, each judged at most once."""

from __future__ import annotations

from datetime import datetime, timedelta


def slot_at(moment: datetime, started: datetime, interval: float) -> int:
    """The slot that ``moment`` lies in; 0 begins with the first traffic."""
    return (moment - started) // timedelta(seconds=interval)


def start_of(slot: int, started: datetime, interval: float) -> datetime:
    return started + slot * timedelta(seconds=interval)
