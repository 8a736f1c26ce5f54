"""moto as a WSGI application, with two rules of Amazon's that moto 5.2 lacks.

It knows no conditions with `RegexValues`, and takes any weight.
"""

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.elbv2.exceptions import InvalidConditionValueError
from moto.elbv2.models import ELBv2Backend
from moto.server import DomainDispatcherApplication, create_backend_app

_plainly = ELBv2Backend._validate_http_header_condition
_actions = ELBv2Backend._validate_actions


def header_condition(self: Any, condition: dict[str, Any]) -> None:
    config = condition.get("HttpHeaderConfig", {})
    expressions = config.get("RegexValues")
    if expressions is None:
        return _plainly(self, condition)
    if config.get("Values"):
        raise InvalidConditionValueError("Values and RegexValues exclude each other")
    if any(len(each) > 128 for each in expressions):
        raise InvalidConditionValueError("An expression has 128 characters at most")
    return None


def actions(self: Any, given: list[Any]) -> None:
    for action in given:
        for group in action.data.get("ForwardConfig", {}).get("TargetGroups", []):
            if not 0 <= int(group.get("Weight", 1)) <= 999:
                raise InvalidConditionValueError("A weight is 0 to 999")
    return _actions(self, given)


def subnets(region: str) -> list[tuple[str, str]]:
    """Each with its network; to ask for them by HTTP takes a second the first time."""
    found = ec2_backends[DEFAULT_ACCOUNT_ID][region].describe_subnets()
    return [(each.id, each.vpc_id) for each in found]


ELBv2Backend._validate_http_header_condition = header_condition  # type: ignore[method-assign]
ELBv2Backend._validate_actions = actions  # type: ignore[method-assign]
application = DomainDispatcherApplication(create_backend_app)
