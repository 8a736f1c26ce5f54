"""Where metrics come from: `base` is the interface, `chosen` the source that the settings name."""

from zdt_deploy.canary.sources.base import Clock, Reading, Source, Status

__all__ = ["Clock", "Reading", "Source", "Status"]
