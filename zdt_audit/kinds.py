"""The kinds of entries that this app makes by itself; they come from no event."""

from django.utils.translation import gettext_lazy as _

from zdt_core import kinds

kinds.declare(
    {
        "audit.exported": _("Somebody exported the trail. An entry, no event."),
        "audit.protected": _("The trail's trigger was put back. An entry, no event."),
    }
)
