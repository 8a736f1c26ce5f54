"""The HTTP door for changing a percentage at once."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from zdt_core.events import Actor
from zdt_core.exceptions import Refused, Stale
from zdt_flags import changes

KIND = "flag.percentage_set"
PERMISSION = "zdt_flags.set_percentage"


@never_cache
@require_POST
@csrf_protect
def percentage(request: HttpRequest, name: str) -> JsonResponse:
    """Set the percentage of the flag ``name``.

    Takes a form or a JSON object with ``percentage`` and, if wanted, ``reason`` and ``revision``
    (then a flag that has changed since is left alone). Answers 200, or 400 for bad input, 401 for
    nobody, 403 without the permission, 404 for an unknown flag, 409 for a stale revision, each
    with a JSON object that says why; then nothing was changed.
    """
    user: Any = request.user
    if not user.is_authenticated:
        return _refuse(401, "Sign in first.")
    if not user.is_staff:  # no event: customers are many, and events are kept
        return _refuse(403, str(_missing_permission()))
    try:
        with changes.refusals_noted(KIND, name, Actor.of(user)):
            flag = _set(request, user, name)
    except Refused as refusal:
        return _refuse(_status(refusal), str(refusal))
    assert flag.percentage is not None
    return JsonResponse(
        {"status": "updated", "flag": flag.name, "percentage": _number(flag.percentage)}
    )


def _set(request: HttpRequest, user: Any, name: str) -> Any:
    if not user.has_perm(PERMISSION):
        raise _missing_permission()
    wanted = _read(request)
    return changes.set_percentage(
        name,
        _required(wanted, "percentage"),
        actor=Actor.of(user),
        reason=str(wanted.get("reason", "")),
        expected_revision=_revision(wanted.get("revision")),
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        return dict(request.POST.items())
    try:
        content = json.loads(request.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Refused("flag_request", problem="the body is no JSON.") from None
    if not isinstance(content, dict):
        raise Refused("flag_request", problem="the body is no JSON object.")
    return content


def _required(wanted: dict[str, Any], name: str) -> Any:
    if wanted.get(name) is None:
        raise Refused("flag_request", problem=f"“{name}” is missing.")
    return wanted[name]


def _revision(given: Any) -> int | None:
    if given in (None, ""):
        return None
    if str(given).isdecimal() and len(str(given)) < 10:
        return int(given)
    raise Refused("flag_request", problem="“revision” is no number.")


def _number(percentage: Decimal) -> int | float:
    return int(percentage) if percentage == int(percentage) else float(percentage)


def _missing_permission() -> Refused:
    return Refused("flag_permission", permission=PERMISSION)


def _status(refusal: Refused) -> int:
    if isinstance(refusal, Stale):
        return 409
    return {"flag_permission": 403, "flag_unknown": 404}.get(refusal.code, 400)


def _refuse(status: int, error: str) -> JsonResponse:
    return JsonResponse({"error": error}, status=status)
