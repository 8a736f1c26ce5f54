"""Filters of the flags' list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.utils.translation import gettext_lazy as _


class OwnerFilter(admin.AllValuesFieldListFilter):
    """By owner; flags without one are nobody's, so that the choice can be read and heard."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or _("nobody")}
