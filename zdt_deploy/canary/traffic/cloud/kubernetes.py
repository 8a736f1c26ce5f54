"""Calls to a Kubernetes API server, as the service account of the pod that this process runs in."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zdt_core import outbound
from zdt_core.exceptions import ConfigurationError, Refused
from zdt_core.outbound import Unanswered

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
DEADLINE_SECONDS = 4.0
LOOK_SECONDS = 20.0
"""For all that one driver asks, and changes: less than its look holds the balancer's lease for."""

LARGEST_ANSWER = 4_000_000
_AT_HOME = ("127.0.0.1", "::1", "localhost")
_MERGE = {"Content-Type": "application/merge-patch+json"}


class Changed(Exception):
    """Somebody else has changed the object since it was read."""


class ApiServer:
    """The API server at ``url``, else the cluster's own. ``account`` is the folder with token,
    ca.crt and namespace; the token is read anew each time, as it is renewed. ``name`` is what
    people call the balancer behind it."""

    def __init__(self, name: str, url: str = "", account: str | Path = ACCOUNT) -> None:
        parts = urlsplit(url)
        if url and parts.scheme != "https" and parts.hostname not in _AT_HOME:
            raise ConfigurationError("url is https: the account's token is sent there.")
        self.name, self._url, self._account = name, url, Path(account)
        self._until = time.monotonic() + LOOK_SECONDS

    @property
    def namespace(self) -> str:
        """The pod's own. Raises Refused."""
        return self._file("namespace")

    def get(self, path: str, what: str) -> dict[str, Any]:
        """The object at ``path``; ``what`` names it to people. Raises Refused."""
        return self._ask("GET", path, what, "get")

    def merge(
        self, path: str, what: str, patch: Mapping[str, Any], *, rehearse: bool = False
    ) -> dict[str, Any]:
        """Merge ``patch`` into it, and return it; ``rehearse`` changes nothing.

        Raises `Changed` where the patch names a resourceVersion that is not the object's any more,
        and Refused.
        """
        asked = f"{path}?dryRun=All" if rehearse else path
        return self._ask("PATCH", asked, what, "patch", json.dumps(patch).encode())

    def _ask(
        self, method: str, path: str, what: str, verb: str, body: bytes | None = None
    ) -> dict[str, Any]:
        if time.monotonic() > self._until:
            raise self._refused("balancer_unanswered", reason=f"more than {LOOK_SECONDS:g} s")
        authority = self._account / "ca.crt"
        headers = {"Authorization": f"Bearer {self._file('token')}", "Accept": "application/json"}
        try:
            answer = outbound.request(
                method, self._base + path, body=body, headers=headers | (_MERGE if body else {}),
                deadline=DEADLINE_SECONDS, max_bytes=LARGEST_ANSWER, within=True,
                ca_bundle=str(authority) if authority.is_file() else None,
            )  # fmt: skip
        except (Unanswered, Refused) as error:
            raise self._refused("balancer_unanswered", reason=str(error).rstrip(".")) from error
        if answer.ok:
            return self._object(answer)
        if answer.status == 409:
            raise Changed
        raise self._meaning(answer, what, verb)

    def _meaning(self, answer: outbound.Answer, what: str, verb: str) -> Refused:
        status, reason = answer.status, _why(answer)
        if status == 401:
            return self._refused("balancer_unknown_caller", reason=reason)
        if status == 403:
            return self._refused("balancer_denied", permission=f"{verb} {what}")
        if status == 404:
            return self._refused("balancer_missing", what=what)
        if status == 429 or status >= 500:
            return self._refused("balancer_unanswered", reason=f"status {status}: {reason}")
        return self._refused("balancer_rejects", reason=f"status {status}: {reason}")

    @property
    def _base(self) -> str:
        if self._url:
            return self._url.rstrip("/")
        host = os.environ.get("KUBERNETES_SERVICE_HOST", "")
        if not host:
            raise self._refused(
                "balancer_unknown_caller",
                reason="this process runs in no pod, and ZDT_TRAFFIC names no url",
            )
        host = f"[{host}]" if ":" in host else host
        return f"https://{host}:{os.environ.get('KUBERNETES_SERVICE_PORT', '443')}"

    def _file(self, name: str) -> str:
        try:
            return (self._account / name).read_text().strip()
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}"
            raise self._refused("balancer_unknown_caller", reason=reason) from error

    def _object(self, answer: outbound.Answer) -> dict[str, Any]:
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self._refused("balancer_unanswered", reason="the answer is no object in JSON")
        return found

    def _refused(self, code: str, **params: Any) -> Refused:
        return Refused(code, balancer=self.name, **params)


def _why(answer: outbound.Answer) -> str:
    """What the server says, where it is one."""
    try:
        return str(answer.json()["message"])[:300].rstrip(". ")
    except (ValueError, KeyError, TypeError):
        return "no reason that can be read"
