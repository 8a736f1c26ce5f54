"""The checklist's page in the admin, below that of its deployment."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from zdt_core import events
from zdt_core.console import live, subpages
from zdt_core.console.admin import page
from zdt_core.console.buttons import Button
from zdt_core.exceptions import Refused
from zdt_deploy.deployments.desk import DESK
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import marking, registry
from zdt_deploy.preflight import page as checklist

_ACTS: dict[str, Any] = {
    "tick": marking.tick, "waive": marking.waive, "withdraw": marking.withdraw,
}  # fmt: skip


@subpages.subpage("deployment", "preflight")
def preflight(model_admin: Any, request: HttpRequest, row: Deployment) -> HttpResponseBase:
    """Shows the lists; a POST ticks, waives or takes back one item, or says why not."""
    if request.method == "POST":
        return _marked(request, row)
    return page(
        model_admin,
        request,
        "zdt_deploy/preflight/page.html",
        title=_("Checklist: %s") % row,
        name=DESK.name(row),
        back=_url(request, row, "change"),
        parts=checklist.parts(request, row),
        live_url=_url(request, row, "preflight_live"),
        every=checklist.every(row),
    )


@subpages.subpage("deployment", "preflight_live")
def preflight_live(model_admin: Any, request: HttpRequest, row: Deployment) -> HttpResponseBase:
    """The page's parts alone, for the browser that has it open."""
    return live.fragment(
        request,
        ("preflight", checklist.fingerprint(row)),
        lambda: checklist.parts(request, row),
        checklist.every(row),
    )


def _marked(request: HttpRequest, row: Deployment) -> HttpResponseBase:
    button = checklist.BUTTONS.get(request.POST.get("word", ""))
    if button is None:
        raise Http404("word")
    if not button.permitted(request):
        _note_refusal(request, row, button)
        raise PermissionDenied
    name = request.POST.get("item", "")
    try:
        _ACTS[button.name](
            row.pk, name, actor=events.Actor.of(request.user),
            reason=request.POST.get("reason", "").strip()[:500],
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, _("Nothing was changed. %s") % refusal)
    anchor = f"#zdt-item-{name}" if registry.find(name) else ""
    return redirect(_url(request, row, "preflight") + anchor)


def _note_refusal(request: HttpRequest, row: Deployment, button: Button) -> None:
    events.refused(
        button.kind,
        subject=DESK.subject(row),
        actor=events.Actor.of(request.user),
        refusal=Refused("permission_missing", permission=button.codename),
        **DESK.place(row),
    )


def _url(request: Any, row: Deployment, name: str) -> str:
    site = getattr(request, "current_app", None)
    return reverse(f"admin:zdt_deploy_deployment_{name}", args=(row.pk,), current_app=site)
