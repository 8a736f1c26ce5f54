"""Gathers the models of the rooms for Django."""

from zdt_core.access.models import Answer, Token
from zdt_core.console.models import Overview
from zdt_core.events import Event
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Lease, Run
from zdt_core.notify.models import Notification

__all__ = ["Answer", "Event", "Lease", "Notification", "Overview", "Process", "Run", "Token"]
