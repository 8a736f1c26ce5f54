"""The form that paces a backfill anew."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import pacing, words
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.operations import MOST_LANES


class PacingForm(forms.Form):
    """What a person may change while it is under way; refusals become errors of the form."""

    mode = forms.ChoiceField(
        label=_("Mode"),
        choices=[(mode.value, words.MODES[mode.value]) for mode in pacing.Mode],
    )
    rows = forms.IntegerField(
        label=_("Rows of a batch (fixed only)"), min_value=1, max_value=pacing.MOST_ROWS
    )
    pause_ms = forms.IntegerField(
        label=_("Rest after a batch, in ms (fixed only)"), min_value=0, max_value=3_600_000
    )
    windows = forms.CharField(
        label=_("Only at these hours"),
        required=False,
        max_length=200,
        help_text=_("Such as 22:00-06:00, with commas between several. Empty: always."),
    )
    zone = forms.CharField(label=_("Time zone of the hours"), required=False, max_length=60)
    lanes = forms.IntegerField(
        label=_("Lanes"),
        min_value=1,
        max_value=MOST_LANES,
        help_text=_("How many ranges are worked on at a time. They share the pace."),
    )

    @classmethod
    def of(cls, backfill: Backfill) -> PacingForm:
        """The form with the present pacing."""
        now = pacing.stored(backfill.pacing)
        return cls(
            initial={
                "mode": now.mode.value,
                "rows": now.rows,
                "pause_ms": round(now.pause * 1000),
                "windows": ", ".join(map(str, now.windows)),
                "zone": now.zone,
                "lanes": backfill.lanes,
            },
            auto_id="zdt-pace-%s",
        )

    @classmethod
    def said(cls, data: Any, backfill: Backfill) -> PacingForm:
        """The form as somebody filled it in; what it does not ask for stays as it is."""
        form = cls(data, auto_id="zdt-pace-%s")
        form.before = dict(backfill.pacing)
        return form

    before: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            try:
                self.paced = pacing.parse(
                    {
                        **self.before,
                        "mode": said["mode"],
                        "rows": said["rows"],
                        "pause": said["pause_ms"] / 1000,
                        "windows": words.split(said["windows"]),
                        "zone": said["zone"] or "UTC",
                    }
                )
            except Refused as refusal:
                self.add_error(None, str(refusal))
        return said

    def problem(self) -> str:
        """The first thing that is wrong, in one sentence; "" where nothing is."""
        for field, errors in self.errors.items():
            label = self.fields[field].label if field in self.fields else ""
            return f"{label}: {errors[0]}" if label else str(errors[0])
        return ""
