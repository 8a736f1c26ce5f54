"""Further pages of a row: what one room adds to the admin of another, which does not know it.

A room registers one in its app's `ready`::

    @subpages.subpage("deployment", "comparison")
    def comparison(model_admin, request, deployment):
        return page(model_admin, request, "…/comparison.html", …)

It is reached at the row's address with its name, by those who may look at the row, and reversed as
``admin:zdt_deploy_deployment_comparison``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

Show = Callable[[Any, HttpRequest, Any], HttpResponseBase]
_subpages: dict[str, dict[str, Show]] = {}


def subpage(model_name: str, name: str) -> Callable[[Show], Show]:
    """Register a page ``name`` for the rows of ``model_name``, in lower case."""

    def register(show: Show) -> Show:
        _subpages.setdefault(model_name, {})[name] = show
        return show

    return register


def of(model_name: str) -> dict[str, Show]:
    """The pages of the model's rows by name."""
    return dict(_subpages.get(model_name, {}))
