"""What CloudWatch is asked, page by page; whatever is no whole answer is none."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from zdt_core.exceptions import Refused, Unavailable
from zdt_deploy.canary.sources import aws
from zdt_deploy.canary.sources.asking import UNREADABLE
from zdt_deploy.canary.sources.hiding import told

LONGEST_SECONDS = 12.0
"""For all that is asked for one reading."""

_MEANINGS = {
    "AccessDenied": "the role needs cloudwatch:GetMetricData and cloudwatch:ListMetrics",
    "AccessDeniedException": "the role needs cloudwatch:GetMetricData and cloudwatch:ListMetrics",
    "Throttling": "it was asked too often",
    "ThrottlingException": "it was asked too often",
}


class Talk:
    """The questions of one reading. Raises Unavailable for what gets no answer."""

    def __init__(self, client: Any) -> None:
        self._client, self._until = client, time.monotonic() + LONGEST_SECONDS

    def pages(self, operation: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
        """The pages of an answer."""
        token: str | None = ""
        while token is not None:
            if time.monotonic() > self._until:
                raise Unavailable(f"CloudWatch took longer than {LONGEST_SECONDS:g} s.")
            page = self._ask(operation, {**asked, **({"NextToken": token} if token else {})})
            yield page
            token = page.get("NextToken") or None

    def results(
        self, queries: Sequence[Mapping[str, Any]], begin: int, end: int
    ) -> Iterator[Mapping[str, Any]]:
        """What GetMetricData answers to each query, all of it."""
        unfinished = {str(each["Id"]) for each in queries}
        for page in self.pages(
            "get_metric_data", MetricDataQueries=list(queries), ScanBy="TimestampAscending",
            StartTime=datetime.fromtimestamp(begin, UTC), EndTime=datetime.fromtimestamp(end, UTC),
        ):  # fmt: skip
            if messages := page.get("Messages"):  # such as that it took a part of the queries only
                raise Unavailable(f"CloudWatch says of its answer: {told(messages)}")
            for result in page["MetricDataResults"]:
                state = str(result.get("StatusCode"))
                if state not in ("Complete", "PartialData"):
                    raise Unavailable(f"CloudWatch calls its answer {told(state)}.")
                change = unfinished.add if state == "PartialData" else unfinished.discard
                change(str(result["Id"]))
                yield result
        if unfinished:
            raise Unavailable("CloudWatch gave a part of its answer only.")

    @contextmanager
    def understood(self) -> Iterator[None]:
        """An answer that is not what CloudWatch answers is none."""
        try:
            yield
        except UNREADABLE as error:
            what = told(repr(error))
            raise Unavailable(f"CloudWatch's answer cannot be read: {what}") from None

    def _ask(self, operation: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        from botocore.exceptions import ClientError

        try:
            with aws.quietly():
                page: Mapping[str, Any] = getattr(self._client, operation)(**asked)
        except Unavailable:
            raise
        except Refused as refusal:
            raise Unavailable(str(refusal)) from None
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "nothing"))
            meaning = f": {_MEANINGS[code]}" if code in _MEANINGS else ""
            raise Unavailable(f"CloudWatch answered {told(code)}{meaning}") from None
        except Exception as error:  # boto3's own, whose words may carry addresses and keys
            kind = type(error).__name__
            raise Unavailable(f"CloudWatch cannot be asked: {kind}") from None
        return page
