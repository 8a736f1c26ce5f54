"""What the audit trail says when it refuses."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "audit_export_exists": _(
            "{path} exists already, and an export overwrites nothing. Name another file."
        ),
        "audit_export_unwritable": _("{path} cannot be written: {error}"),
    }
)
