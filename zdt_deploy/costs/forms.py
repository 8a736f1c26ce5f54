"""The form with the figures of the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from zdt_core.exceptions import Refused
from zdt_deploy.costs import figures
from zdt_deploy.costs.figures import MEANINGS, Figures
from zdt_deploy.deployments.models import Plan

_PLACE = ("service", "environment", "plan")
_FIRST = ("instances", "instance_month", "currency", "deployments_month", "outages_year")


class FiguresForm(forms.Form):
    """What is left empty is as measured, set or usual."""

    service = forms.CharField(required=False, max_length=40, label=_("Service"))
    environment = forms.CharField(required=False, max_length=40, label=_("Environment"))
    plan = forms.ModelChoiceField(
        Plan.objects.none(), required=False, label=_("Plan"), empty_label=_("the strategy's own")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].queryset = Plan.objects.all()  # type: ignore[attr-defined]
        for name, meaning in MEANINGS.items():
            self.fields[name] = forms.CharField(
                required=False, max_length=20, label=capfirst(meaning), help_text=name
            )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in MEANINGS:
            text = said.get(name)
            if text:
                try:
                    said[name] = figures.check(name, text)
                except Refused as refusal:
                    self.add_error(name, str(refusal))
        return said

    def first(self) -> list[forms.BoundField]:
        """What most people look for."""
        return [self[name] for name in (*_PLACE, *_FIRST)]

    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in MEANINGS if name not in _FIRST]

    def show(self, values: Figures) -> None:
        """Let each empty field say what is reckoned with."""
        for name, value in asdict(values).items():
            shown = value if name == "currency" else f"{value:.6g}"
            self.fields[name].widget.attrs["placeholder"] = shown

    @property
    def given(self) -> dict[str, Any]:
        """The figures that were filled in."""
        said = self.cleaned_data
        return {name: said[name] for name in MEANINGS if said.get(name) not in (None, "")}
