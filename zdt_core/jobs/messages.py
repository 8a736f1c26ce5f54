"""The sentences of the jobs' codes."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "run_raised_too_often": _(
            "It raised {times} times in a row, the last time with “{error}”. Mend the cause, then "
            "start it anew."
        ),
        "job_not_ours": _(
            "“{function}” is no job of zdt's queues. Somebody else writes to this Redis: give "
            "zdt's queues a Redis of their own, or find out who."
        ),
    }
)
