"""What a sample's problem means."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "window_gone": _(
            "A process reported a window that Redis no longer holds. Look whether Redis evicts "
            "keys (maxmemory-policy should be noeviction)."
        ),
        "number_unreadable": _(
            "A metric is not a number. Look for something else that writes to zdt's keys in Redis."
        ),
        "window_length_differs": _(
            "A process counts in windows of another length. "
            "Give all processes the same ZDT_METRICS_WINDOW."
        ),
        "count_negative": _("A metric counts less than nothing, so it is not believed."),
        "more_errors_than_requests": _(
            "A metric counts more errors than requests, so it is not believed."
        ),
        "latency_incomplete": _("There are not as many latencies as requests."),
        "counter_impossible": _("A counter is negative, infinite or not a number."),
    }
)
