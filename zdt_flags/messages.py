"""What refused changes of flags say."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "flag_unknown": _("There is no flag “{flag}”. List them with `manage.py zdt_flag list`."),
        "flag_exists": _("The flag “{flag}” exists. Change it instead."),
        "flag_name": _(
            "“{flag}” is no name for a flag: use 1 to 100 letters, digits, dots, dashes and "
            "underscores, the first a letter or digit."
        ),
        "flag_percentage": _(
            "“{percentage}” is no percentage: give a number from 0 to 100 with at most three "
            "decimals."
        ),
        "flag_stale": _(
            "Somebody changed the flag “{flag}” since you read it (you saw revision {expected}, it "
            "is at {actual}). Look at it again, then repeat your change."
        ),
        "flag_target": _(
            "“{user}” is no id of a user: use 1 to 200 characters without spaces around them."
        ),
        "flag_target_twice": _(
            "“{user}” cannot be both allowed and denied. Take it off one of the two lists."
        ),
        "flag_permission": _("This needs the permission “{permission}”. Ask an administrator."),
        "flag_request": _("The request was not understood: {problem}"),
        "flags_check": _("{problem} {cure}"),
        "flags_up": _("{n} flags, and every change of them is noticed."),
        "flag_raised_at_once": _(
            "{who} raised {flag} from {before} % to {after} % at once. Raise flags step by step: "
            "5, 25, 50, 100 %."
        ),
        "flags_raised": _("Percentages were raised {n} times, none of them by more than half."),
    }
)
