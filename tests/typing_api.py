"""What a project's type checker sees of the public API: never run, only checked by mypy."""

from __future__ import annotations

from typing import assert_type

from django.http import HttpRequest, HttpResponse

import zdt_audit
import zdt_flags
from zdt_core import buckets, events, gates, metering
from zdt_core.doctor import Finding, findings
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_core.health import Unhealthy, check
from zdt_core.jobs import Slice, Then, done, task
from zdt_deploy.canary import service_headers, service_url
from zdt_flags.testing import override_flags


def asks_flags(request: HttpRequest) -> HttpResponse:
    assert_type(zdt_flags.is_enabled("new_checkout_flow", request.user), bool)
    assert_type(service_url(request, "backend"), str)
    assert_type(service_headers(request), dict[str, str])
    metering.count("order_placed")
    return HttpResponse()


def buckets_are_numbers() -> None:
    assert_type(buckets.coarse("alice"), int)
    assert_type(buckets.within("alice", 71), bool)


def refusals_have_a_code(refused: Refused) -> str:
    assert_type(refused.code, str)
    return str(refused)


def gates_answer(deployment: object) -> gates.Finding:
    assert_type(gates.ask("deployment.advance", deployment).is_open, bool)
    return gates.closed("canary_not_ready", release="2.0")


def somebody_acts() -> None:
    events.record("order.refunded", subject=("order", 1), actor=Actor("user", "ann"))
    zdt_audit.record("order.refunded", stream="order:1", actor=Actor("user", "ann"))


def tells_what_is_wrong() -> list[str]:
    assert_type(findings(quick=True), list[Finding])
    return [finding.text for finding in findings(quick=True)]


@check("payments", critical=False)
def payments_answer() -> None:
    raise Unhealthy("no answer")


@task("orders.count")
def count_orders(slice: Slice) -> Then:
    return done()


@override_flags(new_checkout_flow=True)
def a_test() -> None: ...
