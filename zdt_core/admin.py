"""Registers the admin classes of the rooms with the default site."""

from django.contrib import admin

from zdt_core.access.admin import TokenAdmin
from zdt_core.access.models import Token
from zdt_core.console.events import EventAdmin
from zdt_core.console.models import Overview
from zdt_core.console.overview import OverviewAdmin
from zdt_core.console.runs import RunAdmin
from zdt_core.events import Event
from zdt_core.fleet.admin import ProcessAdmin
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_core.notify.admin import NotificationAdmin
from zdt_core.notify.models import Notification

admin.site.register(Event, EventAdmin)
admin.site.register(Notification, NotificationAdmin)
admin.site.register(Overview, OverviewAdmin)
admin.site.register(Process, ProcessAdmin)
admin.site.register(Run, RunAdmin)
admin.site.register(Token, TokenAdmin)
