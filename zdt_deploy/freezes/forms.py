"""The forms that set a freeze and ask for an emergency; refusals become form errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zdt_core.conf import conf
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State
from zdt_deploy.freezes import emergencies, operations, standing, times
from zdt_deploy.freezes.models import Emergency, Freeze
from zdt_deploy.freezes.operations import LONGEST_NAME, LONGEST_REASON, Wanted
from zdt_deploy.freezes.people import Who


class FreezeForm(forms.Form):
    """Times are those on the wall in the freeze's time zone."""

    name = forms.CharField(max_length=LONGEST_NAME, label=_("Name"))
    reason = forms.CharField(
        max_length=LONGEST_REASON, label=_("Reason"), help_text=_("Who is refused reads it.")
    )
    environment = forms.CharField(max_length=40, label=_("Environment"))
    service = forms.CharField(
        max_length=40, required=False, label=_("Service"), help_text=_("Empty: every service.")
    )
    begins = forms.CharField(
        required=False,
        max_length=40,
        label=_("From"),
        help_text=_("Such as 2026-12-24 18:00. Empty: from now on."),
    )
    ends = forms.CharField(
        required=False,
        max_length=40,
        label=_("Until"),
        help_text=_("Empty: until somebody ends it."),
    )
    hours = forms.CharField(
        required=False,
        max_length=200,
        label=_("Weekly hours"),
        help_text=_(
            "Only in these hours, such as fri 16:00-mon 08:00 or daily 22:00-06:00, with commas "
            "between several. Empty: all the time."
        ),
    )
    time_zone = forms.CharField(
        max_length=64, label=_("Time zone"), help_text=_("Such as Europe/Berlin or UTC.")
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: Freeze | None = None, **kwargs: Any) -> None:
        self.row = row
        kwargs.setdefault("initial", _told(row) if row else _usual())
        super().__init__(*args, **kwargs)

    def save(self, actor: Actor, *, may_end: bool = False) -> Freeze | None:
        """The freeze, set or changed; None, with an error on the form, where it is refused.
        ``may_end`` says whether the change may have it hold less."""
        try:
            wanted = self._wanted()
            if self.row is None:
                return operations.add(wanted, actor=actor)
            seen = self.cleaned_data["revision"] or 0
            return operations.change(
                self.row.pk, wanted, actor=actor, expected_revision=seen, may_end=may_end
            )
        except Refused as refusal:
            self.add_error(_FIELDS.get(refusal.code), str(refusal))
            return None

    def _wanted(self) -> Wanted:
        said = self.cleaned_data
        zone = times.zone(said["time_zone"])
        names = ("name", "reason", "environment", "service", "hours", "time_zone")
        return Wanted(
            **{name: said[name] for name in names},
            begins=self._moment("begins", zone),
            ends=self._moment("ends", zone),
        )

    def _moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        """What the field says. Left as it was, it keeps the seconds that it does not show."""
        text, row = self.cleaned_data[name], self.row
        if not text:
            return None
        kept = getattr(row, f"{name}_at", None)
        if row and row.time_zone == zone.key and text == standing.on_the_wall(kept, row):
            return kept
        return times.moment(text, zone)


_FIELDS = {
    "freeze_name_malformed": "name",
    "freeze_reason_missing": "reason",
    "label_malformed": "environment",
    "freeze_ends_too_early": "ends",
    "weekly_unreadable": "hours",
    "time_zone_unknown": "time_zone",
}


def _usual() -> dict[str, Any]:
    return {"environment": conf.ENVIRONMENT, "time_zone": settings.TIME_ZONE}


def _told(row: Freeze) -> dict[str, Any]:
    """What the form says of a freeze that there is."""
    moments = {"begins": row.begins_at, "ends": row.ends_at}
    return {
        **{name: standing.on_the_wall(moment, row) for name, moment in moments.items()},
        "name": row.name,
        "reason": row.reason,
        "environment": row.environment,
        "service": row.service,
        "hours": row.weekly,
        "time_zone": row.time_zone,
        "revision": row.revision,
    }


class EmergencyForm(forms.Form):
    """Asks for an emergency of a deployment that is not over."""

    deployment = forms.ModelChoiceField(Deployment.objects.none(), label=_("Deployment"))
    reason = forms.CharField(
        max_length=emergencies.LONGEST,
        label=_("Reason"),
        help_text=_("Why it cannot wait. Another person reads it before they approve."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        live = (State.PENDING, State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD)
        rows = Deployment.objects.filter(state__in=[state.value for state in live])
        self.fields["deployment"].queryset = rows  # type: ignore[attr-defined]

    def ask(self, who: Who) -> Emergency | None:
        """The emergency; None, with an error on the form, where it is refused."""
        said = self.cleaned_data
        try:
            return emergencies.request(said["deployment"].pk, who, reason=said["reason"])
        except Refused as refusal:
            self.add_error(None, str(refusal))
            return None
