"""The page that compares the two releases of a deployment, and its summary on the deployment's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core.console import links, panels, subpages
from zdt_core.console.admin import page
from zdt_deploy.comparison import comparing, figures, pairs, words
from zdt_deploy.comparison.comparing import Change, ErrorChange, QueryChange
from zdt_deploy.comparison.figures import Figure
from zdt_deploy.comparison.pairs import Pair
from zdt_deploy.comparison.sums import OTHERS
from zdt_deploy.deployments import durations
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL, By, Event, State, allowed

NAME = "comparison"
Rows = Sequence[dict[str, Any]]


@panels.panel(
    "deployment", gettext_lazy("Comparison"), "zdt_deploy/comparison/compared.html", order=35
)
def summary(request: HttpRequest, deployment: Deployment) -> dict[str, Any] | None:
    """What has changed, in a sentence for each comparison that has begun."""
    if deployment.started_at is None:
        return None
    found = pairs.of(deployment, with_words=False)
    begun = [pair for pair in found if not pair.is_empty]
    if not begun and deployment.state in FINAL:
        return None
    begun = begun or found[:1]
    return {
        "sentences": [words.summary(pair, deployment.state) for pair in begun],
        "url": links.to(request, Deployment, deployment.pk, NAME),
    }


@subpages.subpage("deployment", NAME)
def comparison(model_admin: Any, request: HttpRequest, deployment: Deployment) -> HttpResponseBase:
    regions = pairs.regions(deployment)
    region = request.GET.get("region", "")
    region = region if region in regions else ""
    missed = pairs.missed_seconds(deployment, region)
    return page(
        model_admin,
        request,
        "zdt_deploy/comparison/page.html",
        title=_("%(new)s compared with %(old)s")
        % {"new": deployment.version, "old": deployment.previous_version},
        deployment=deployment,
        url=links.to(request, Deployment, deployment.pk),
        regions=regions if len(regions) > 1 else [],
        region=region,
        missed=durations.rounded(missed) if missed else "",
        unseen=", ".join(pairs.unseen_regions(deployment)),
        can_roll_back=Event.ROLL_BACK in allowed(State(deployment.state), By.PERSON),
        pairs=[_pair(pair, deployment.state) for pair in pairs.of(deployment, region)],
    )


def _pair(pair: Pair, state: str) -> dict[str, Any]:
    found = comparing.errors(pair.sides)
    same = [each for each in found if each.change is Change.SAME]
    return {
        "pair": pair,
        "title": words.TITLES[pair.basis],
        "note": words.note(pair, state),
        "figures": [_figure(figure) for figure in figures.of(pair.sides)],
        "errors": [_error(pair, each) for each in found if each.change is not Change.SAME],
        "same": [_error(pair, each) for each in same],
        "queries": [_query(pair, each) for each in comparing.queries(pair.sides)],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": words.FIGURES[figure.name],
        "old": words.with_unit(figure.old, words.unit(figure)),
        "new": words.with_unit(figure.new, words.unit(figure)),
        "step": words.step(figure),
    }


def _error(pair: Pair, change: ErrorChange) -> dict[str, Any]:
    return {
        "change": change,
        "look": words.LOOKS[change.change] if change.sure else "quiet",
        "badge": words.of_error(change),
        "said": pair.words.get(change.id, {}),
        "others": change.id == OTHERS,
        "old": words.rate(change.old_rate, change.old, change.old_outside),
        "new": words.rate(change.new_rate, change.new, change.new_outside),
    }


def _query(pair: Pair, change: QueryChange) -> dict[str, Any]:
    return {
        "change": change,
        "look": words.QUERY_LOOKS[change.change],
        "badge": words.of_query(change),
        "text": pair.words.get(change.id, {}).get("text", ""),
        "others": change.id == OTHERS,
        "old": words.number(change.old_time),
        "new": words.number(change.new_time),
        "old_mean": words.with_unit(change.old_mean, "ms"),
        "new_mean": words.with_unit(change.new_mean, "ms"),
    }
