"""boto3's clients, whose calls go through zdt's own HTTP client.

So they end by a deadline, read no more than they should and talk to permitted addresses only, as
all calls to the outside do. Credentials are found as boto3 finds them.
"""

from __future__ import annotations

import functools
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from zdt_core import outbound
from zdt_core.exceptions import ConfigurationError

PATIENCE = {"connect_timeout": 2, "read_timeout": 4, "retries": {"total_max_attempts": 1}}
"""For what boto3 still asks by itself: credentials."""

_TELLING = (
    "botocore.auth", "botocore.client", "botocore.endpoint", "botocore.hooks",
    "botocore.httpsession", "botocore.parsers", "botocore.regions", "botocore.retries.standard",
    "botocore.retryhandler",
)  # fmt: skip

_ours: ContextVar[bool] = ContextVar("a call of zdt's", default=False)


@contextmanager
def quietly() -> Iterator[None]:
    """Calls in here are not written to botocore's log, whose DEBUG has signatures and tokens."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


@functools.lru_cache(maxsize=8)
def client(service: str, region: str, endpoint: str, deadline: float, max_bytes: int) -> Any:
    """A client of ``service``; to make one takes a while, so it is kept. Raises ConfigurationError
    without boto3."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise ConfigurationError("boto3 is missing: install django-zdt[aws].") from error
    made = boto3.session.Session().client(
        service, region_name=region, endpoint_url=endpoint or None, config=Config(**PATIENCE)
    )
    send = functools.partial(_send, deadline, max_bytes)
    made.meta.events.register(f"before-send.{service}", send)
    for name in _TELLING:
        logging.getLogger(name).addFilter(_not_ours)  # the same one is added once
    return made


def _not_ours(record: logging.LogRecord) -> bool:
    return not _ours.get()


def _send(deadline: float, max_bytes: int, request: Any, **kwargs: Any) -> Any:
    from botocore.awsrequest import AWSResponse

    headers = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    body = request.body.encode() if isinstance(request.body, str) else request.body
    answer = outbound.request(
        request.method, request.url, body=body, headers=headers,
        deadline=deadline, max_bytes=max_bytes,
    )  # fmt: skip
    return AWSResponse(request.url, answer.status, dict(answer.headers), _Raw(answer.body))


class _Raw(io.BytesIO):
    """A body as botocore reads one."""

    def stream(self, **kwargs: Any) -> Iterator[bytes]:
        yield self.read()
