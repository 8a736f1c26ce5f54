"""The kinds of this app's events."""

from django.utils.translation import gettext_lazy as _

from zdt_core import kinds

kinds.declare(
    {
        "flag.created": _("A flag was made."),
        "flag.deleted": _("A flag was deleted."),
        "flag.enabled": _("A flag was switched on."),
        "flag.disabled": _("A flag was switched off."),
        "flag.percentage_set": _("A flag's percentage was set."),
        "flag.targets_set": _("A flag's allow or deny list was changed."),
        "flag.edited": _("A flag's salt, description or owner was changed."),
    }
)
