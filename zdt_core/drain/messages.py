"""The drain's sentences."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "no_server_here": _(
            "No process of {service} {release} on {host} beats. Name the drain file with --file, "
            "or a process with --instance."
        ),
        "several_servers_here": _(
            "Several servers of {service} {release} run on {host}: {files}. Name one with --file."
        ),
        "drain_not_finished": _(
            "{in_flight} requests are still in flight after {seconds} s. They end when the server "
            "is stopped."
        ),
    }
)
