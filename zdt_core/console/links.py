"""Links to admin pages that exist on this site and that this person may open."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


def to(request: HttpRequest, model: type[Model], pk: Any = None, page: str = "") -> str:
    """The URL of the model's list, or of the page of ``pk``; "" where it leads nowhere.

    ``page`` names another page of the model's admin, such as "add".
    """
    if not may_view(request, model):
        return ""
    page = page or ("changelist" if pk is None else "change")
    options = model._meta
    name = f"admin:{options.app_label}_{options.model_name}_{page}"
    site = getattr(request, "current_app", None)
    try:
        return reverse(name, args=() if pk is None else (pk,), current_app=site)
    except NoReverseMatch:  # not registered on this site
        return ""


def may_view(request: HttpRequest, model: type[Model]) -> bool:
    """True when the person may look at rows of ``model``."""
    user: Any = request.user
    app, name = model._meta.app_label, model._meta.model_name
    return any(user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change"))
