"""Which of its regions a deployment goes back in, as a form."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from zdt_deploy.deployments import progress
from zdt_deploy.deployments.models import Deployment


class RegionForm(forms.Form):
    """One of the regions that have users on the new release."""

    def __init__(self, deployment: Deployment, said: Mapping[str, str] | None = None) -> None:
        super().__init__(said, auto_id="zdt-retreat-%s")
        shares = progress.shares_of(deployment)
        choices = [(name, f"{name} ({shares[name]:f} %)") for name in progress.exposed(deployment)]
        self.fields["region"] = forms.ChoiceField(
            label=_("Region"), choices=[("", _("Choose one")), *choices]
        )

    def problem(self) -> str:
        """What is wrong with what was said, in one sentence; "" where nothing is."""
        return "" if self.is_valid() else str(_("Choose the region that goes back."))

    @property
    def chosen(self) -> str:
        return str(self.cleaned_data["region"])
