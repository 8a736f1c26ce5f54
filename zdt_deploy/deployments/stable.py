"""Which release is the stable one: what serves everybody else, and the way back."""

from __future__ import annotations

from zdt_core.exceptions import Refused
from zdt_deploy.deployments import alive
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State

_REACHED_EVERYONE = (State.BAKING.value, State.COMPLETED.value)


def last(environment: str, service: str) -> str | None:
    """The version that reached everyone last and was not taken back; None where none has."""
    rows = Deployment.objects.filter(
        environment=environment, service=service, state__in=_REACHED_EVERYONE
    )
    newest = rows.order_by("-promoted_at").first()
    return None if newest is None else str(newest.version)


def find(environment: str, service: str, version: str, given: str | None, force: bool) -> str:
    """The stable release for a deployment of ``version``; ``given`` is what the person named.

    It is the version that reached everyone last, else the only other release alive in the fleet.
    Raises Refused: "stable_unknown", "no_live_process", "version_unchanged", and "stable_differs"
    where another one reached everyone (unless forced).
    """
    reached = last(environment, service)
    if given and reached and given != reached and not force:
        raise Refused("stable_differs", given=given, known=reached)
    found = given or reached or _only_other(environment, service, version)
    if found == version:
        raise Refused("version_unchanged", version=version)
    return found


def _only_other(environment: str, service: str, version: str) -> str:
    found = alive.releases(environment, service)
    others = [name for name in found if name != version]
    if len(others) == 1:
        return others[0]
    known = ", ".join(others) or "-"
    if version not in found:  # a slip in the version is likelier than two stable releases
        at = {"service": service, "environment": environment}
        raise Refused("no_live_process", release=version, alive=known, **at)
    raise Refused("stable_unknown", alive=known)
