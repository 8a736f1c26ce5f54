"""The admin's view of resumable work."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from zdt_core.console.admin import FactsAdmin, badge, short
from zdt_core.jobs.models import Run
from zdt_core.templatetags.zdt_console import zdt_time

_LOOKS = {"ready": "busy", "paused": "warn", "succeeded": "good", "failed": "bad"}


class RunAdmin(FactsAdmin):
    empty_hint = _(
        "No background work yet. It begins with the first deployment, and "
        "needs `manage.py zdt_worker` and `manage.py zdt_ticker`."
    )
    list_display = ("kind", "about", "standing", "progress", "due", "failures")
    list_filter = ("state", "kind", "queue")
    search_fields = ("key",)
    fields = (
        "kind", "key", "queue", "standing", "progress", "params", "cursor", "token", "holder",
        "lease_until", "due_at", "rung_at", "failures", "last_error", "created_at", "finished_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("key"), ordering="key")
    def about(self, run: Run) -> str:
        return short(run.key)

    @admin.display(description=_("due"), ordering="due_at")
    def due(self, run: Run) -> str:
        return zdt_time(run.due_at)

    @admin.display(description=_("state"))
    def standing(self, run: Run) -> str:
        return badge(_LOOKS.get(run.state, "quiet"), Run.State(run.state).label)

    @admin.display(description=_("progress"))
    def progress(self, run: Run) -> str:
        if run.total:
            return f"{run.done:,} / {run.total:,} ({run.done / run.total:.0%})"
        return f"{run.done:,}" if run.done else "–"
