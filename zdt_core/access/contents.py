"""What the room registers when the app is ready; importing is enough."""

from django.utils.translation import gettext_lazy as _

from zdt_core.access import housekeeping, messages, scopes
from zdt_core.access.scopes import Scope

scopes.register(Scope("metrics.read", _("Read the metrics of all processes."), ()))

__all__ = ["housekeeping", "messages"]
