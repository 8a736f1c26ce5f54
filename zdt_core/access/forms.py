"""The form that makes a token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from zdt_core.access import scopes, tokens
from zdt_core.access.conf import conf
from zdt_core.access.lifetime import LONGEST
from zdt_core.access.models import Token
from zdt_core.access.secret import Secret
from zdt_core.conf import conf as core
from zdt_core.events import Actor
from zdt_core.exceptions import Refused


class TokenForm(forms.Form):
    """Offers the scopes that the person may hand out; refusals become form errors."""

    name = forms.CharField(
        max_length=60, label=_("Name"), help_text=_("What uses it, such as github-actions.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), widget=forms.CheckboxSelectMultiple, choices=()
    )
    environment = forms.CharField(
        max_length=40, label=_("Environment"), help_text=_("The only one it is good for.")
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST.days,
        label=_("Days"),
        help_text=_("After these it expires; make the next one before."),
    )
    reason = forms.CharField(required=False, max_length=500, label=_("Reason"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial", {"environment": core.ENVIRONMENT, "days": max(1, round(conf.TOKEN_DAYS))}
        )
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope.name, format_html("<code>{}</code> {}", scope.name, scope.meaning))
            for scope in scopes.known()
            if scope.may_be_given_by(user)
        ]

    def create(self) -> tuple[Token, Secret] | None:
        """The token and its secret; None, with an error on the form, where it is refused."""
        said = self.cleaned_data
        try:
            scopes.check_giver(said["scopes"], self.user)
            return tokens.create(
                said["name"],
                wanted=said["scopes"],
                environment=said["environment"],
                span=timedelta(days=said["days"]),
                actor=Actor.of(self.user),
                reason=said["reason"],
            )
        except Refused as refusal:
            self.add_error(None, str(refusal))
            return None
