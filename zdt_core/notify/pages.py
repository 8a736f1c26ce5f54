"""Paths of admin pages, for who is told and not on the site."""

from __future__ import annotations

from django.db.models import Model
from django.urls import NoReverseMatch, reverse


def path_of(model: type[Model], pk: object = None) -> str:
    """The admin page of ``pk``, or the list; "" where the site has none."""
    options = model._meta
    name = f"admin:{options.app_label}_{options.model_name}_"
    try:
        if pk is None:
            return reverse(f"{name}changelist")
        return reverse(f"{name}change", args=(pk,))
    except NoReverseMatch:
        return ""
