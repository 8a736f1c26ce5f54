"""How long a lease, a slice, a tick and a patience last. Drills divide them all by ten."""

from __future__ import annotations

from zdt_core.conf import Setting, Settings, positive


class JobSettings(Settings):
    """Settings of the jobs; seconds unless said otherwise."""

    LEASE_SECONDS = Setting(
        float, 30.0, "How long a worker keeps a run without committing a step.", positive
    )
    MONITOR_LEASE_SECONDS = Setting(
        float, 10.0, "The same for runs of the queue zdt-monitor.", positive
    )
    SLICE_SECONDS = Setting(
        float, 20.0, "How long a worker works on one run before it looks for others.", positive
    )
    MONITOR_SLICE_SECONDS = Setting(
        float, 5.0, "The same for the queue zdt-monitor, where a slice is one short step.", positive
    )
    TICK_SECONDS = Setting(float, 1.0, "How often the ticker looks for due runs.", positive)
    TICKER_LEASE_SECONDS = Setting(
        float, 3.0, "How long a silent ticker keeps others from ticking.", positive
    )
    RING_AGAIN_SECONDS = Setting(
        float, 30.0, "When a ring that nobody answered is repeated.", positive
    )
    MONITOR_RING_AGAIN_SECONDS = Setting(
        float, 5.0, "The same for the queue zdt-monitor.", positive
    )
    RETRY_SECONDS = Setting(
        float,
        300.0,
        "The longest pause after slices that raised; it doubles from 1 s.",
        positive,
    )
    MONITOR_RETRY_SECONDS = Setting(float, 10.0, "The same for the queue zdt-monitor.", positive)
    RUNS_KEEP = Setting(int, 30, "Days that finished runs are kept.", positive)


conf = JobSettings()
