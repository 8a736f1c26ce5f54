"""Imports the rooms of zdt_core that show something on the overview; each registers itself."""

from zdt_core.console import doctor, latest, needed, releases
from zdt_core.fleet import panel as processes
from zdt_core.jobs import panel as runs

__all__ = ["doctor", "latest", "needed", "processes", "releases", "runs"]
