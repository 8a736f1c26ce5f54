"""Which change was meant?"""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "no_such_schema_change": _(
            "No schema change is “{key}”. The latest: {known}. `manage.py zdt_schema status --all` "
            "lists all."
        ),
        "schema_change_ambiguous": _("More than one is meant; name one of: {keys}."),
    }
)
