"""The fleet's sentences."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "unknown_command": _(
            "“{command}” is nothing a process can be ordered to do. Order one of: {commands}."
        ),
        "no_such_process": _(
            "There is no process {instance} in the fleet. List it with `manage.py zdt_fleet`."
        ),
        "process_lives": _(
            "The process {instance} is alive: it was seen {seconds} s ago. End it before you have "
            "it forgotten."
        ),
        "process_left": _(
            "The process {instance} has signed off and hears nothing any more. List the live ones "
            "with `manage.py zdt_fleet`."
        ),
    }
)
