"""Calls to Elastic Load Balancing: each ends within seconds, and its errors get our codes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from zdt_core.exceptions import ConfigurationError, Refused, Unavailable
from zdt_deploy.canary.sources import aws

DEADLINE_SECONDS, LARGEST_ANSWER = 3.0, 1_000_000
LOOK_SECONDS = 20.0
"""For all that one driver asks, and changes: less than its look holds the balancer's lease for."""

_BUSY = frozenset(
    {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded",
        "TooManyRequestsException", "RequestTimeout", "ServiceUnavailable", "InternalFailure",
        "InternalError",
    }
)  # fmt: skip
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_UNKNOWN = frozenset(
    {
        "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch",
        "UnrecognizedClientException", "MissingAuthenticationToken", "IncompleteSignature",
    }
)  # fmt: skip
_one_at_a_time = threading.Lock()


class Balancing:
    """Elastic Load Balancing in ``region``, for the balancer that people know as ``name``."""

    def __init__(self, name: str, region: str, endpoint: str = "") -> None:
        self.name, self._region, self._endpoint = name, region, endpoint
        self._until = time.monotonic() + LOOK_SECONDS

    def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        """The answer to ``operation``, such as "describe_rules". Raises Refused."""
        if time.monotonic() > self._until:
            raise self._refused("balancer_unanswered", reason=f"more than {LOOK_SECONDS:g} s")
        with _one_at_a_time:
            client = aws.client(
                "elbv2", self._region, self._endpoint, DEADLINE_SECONDS, LARGEST_ANSWER
            )
        call: Callable[..., dict[str, Any]] = getattr(client, operation)
        try:
            with aws.quietly():
                return call(**given)
        except (Refused, Unavailable) as error:
            raise self._refused("balancer_unanswered", reason=str(error).rstrip(".")) from error
        except Exception as error:  # of botocore, which may not be there
            raise self._meaning(operation, error) from error

    def _meaning(self, operation: str, error: Exception) -> Exception:
        from botocore import exceptions as errors

        if isinstance(error, errors.ClientError):
            return self._answer(operation, error.response)
        if isinstance(error, (errors.NoCredentialsError, errors.CredentialRetrievalError)):
            return self._refused("balancer_unknown_caller", reason=str(error).rstrip("."))
        if isinstance(error, errors.ParamValidationError):
            reason = f"boto3 does not know it ({_last_line(error)}); is it new enough?"
            return self._refused("balancer_rejects", reason=reason)
        if isinstance(error, errors.BotoCoreError):
            return self._refused("balancer_unanswered", reason=type(error).__name__)
        return error

    def _answer(self, operation: str, response: dict[str, Any]) -> Refused:
        told = response.get("Error", {})
        code, text = str(told.get("Code", "")), str(told.get("Message", ""))[:300]
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _UNKNOWN:
            return self._refused("balancer_unknown_caller", reason=code)
        if code in _DENIED or status == 403:
            permission = "elasticloadbalancing:" + "".join(map(str.title, operation.split("_")))
            return self._refused("balancer_denied", permission=permission)
        if code in _BUSY or status == 429 or status >= 500:
            return self._refused("balancer_unanswered", reason=code or f"status {status}")
        if code.endswith("NotFound"):
            return self._refused("balancer_missing", what=text.rstrip(". ") or code)
        return self._refused("balancer_rejects", reason=f"{code}: {text}".rstrip(". "))

    def _refused(self, code: str, **params: Any) -> Refused:
        return Refused(code, balancer=self.name, **params)


def check() -> None:
    """Raises ConfigurationError without boto3."""
    try:
        import boto3  # noqa: F401
    except ImportError as error:
        raise ConfigurationError("boto3 is missing: install django-zdt[aws].") from error


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1][:200]
