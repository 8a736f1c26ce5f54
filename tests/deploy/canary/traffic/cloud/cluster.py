"""A stand-in for a Kubernetes API server, as honest as a few lines can be.

It keeps one HTTPRoute: bearer token and verbs are checked, a patch is merged as RFC 7396 says, one
that names an old resourceVersion is a conflict, each change of the spec is a new generation, and
what no schema of the Gateway API would let through is rejected. A *controller* takes generations
over, or doesn't.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from zdt_deploy.canary.traffic.cloud import cookie
from zdt_deploy.canary.traffic.cloud.gateway_api import GatewayApi

TOKEN = "a-token-of-the-service-account"
PATH = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/shop"
MERGE = "application/merge-patch+json"


def rule(*services: str, expression: str = "", path: str = "/") -> dict[str, Any]:
    match: dict[str, Any] = {"path": {"type": "PathPrefix", "value": path}}
    if expression:
        header = {"type": "RegularExpression", "name": "Cookie", "value": expression}
        match["headers"] = [header]
    refs = [{"name": name, "port": 80, "weight": 1} for name in services]
    return {"matches": [match], "backendRefs": refs}


class Cluster:
    """``verbs`` are what the account may do; ``answers`` are (status, body) to give first;
    ``applies`` False takes patches and drops them; ``meddles`` changes the route so many times
    before a patch; ``controller`` is "prompt", "asleep", "picky" (it leaves rules out) or the
    reason of its refusal."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, ""
        self.verbs, self.answers = {"get", "patch"}, list[tuple[int, bytes]]()
        self.applies, self.meddles, self.controller = True, 0, "prompt"
        self.asked: list[str] = []
        self._lock = threading.Lock()
        self.route: dict[str, Any] = {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "shop", "resourceVersion": "7", "generation": 1},
            "spec": {
                "parentRefs": [{"name": "web"}],
                "hostnames": ["shop.example.com"],
                "rules": [
                    rule("shop-web-1-0", expression=cookie.members(1000)),
                    rule("shop-web-1-0"),
                    rule("files", path="/static"),
                ],
            },
        }
        self._reconcile()
        for name, text in (("token", TOKEN), ("namespace", "shop")):
            (folder / name).write_text(text)

    def driver(self, stable: str = "1.0", canary: str = "2.0", **options: Any) -> GatewayApi:
        return GatewayApi("edge", stable, canary, **(self.options() | options))

    def options(self) -> dict[str, Any]:
        return {
            "route": "shop", "services": "shop-web-{release}", "url": self.url,
            "account": str(self.folder),
        }  # fmt: skip

    @property
    def rules(self) -> list[dict[str, Any]]:
        return list(self.route["spec"]["rules"])

    def sends(self, number: int) -> dict[str, int]:
        return {each["name"]: each["weight"] for each in self.rules[number]["backendRefs"]}

    def change(self, **spec: Any) -> None:
        """Somebody else changes the spec."""
        self._store({**self.route["spec"], **spec})

    # ---- the server ----

    def get(self) -> tuple[int, Any]:
        return 200, self.route

    def patch(self, body: bytes, kind: str, rehearse: bool) -> tuple[int, Any]:
        if kind != MERGE:
            return 415, status(415, f"the body was {kind}")
        patch = json.loads(body)
        with self._lock:
            if self.meddles and not rehearse:
                self.meddles -= 1
                self._store({**self.route["spec"], "hostnames": [f"{self.meddles}.example.com"]})
            version = patch.get("metadata", {}).get("resourceVersion")
            if version not in (None, self.route["metadata"]["resourceVersion"]):
                return 409, status(409, "the object has been modified")
            wanted = merged(self.route, patch)
            if complaint := invalid(wanted["spec"]):
                return 422, status(422, complaint)
            if rehearse or not self.applies:
                return 200, wanted
            if wanted["spec"] != self.route["spec"]:
                self._store(wanted["spec"])
            return 200, self.route

    def _store(self, spec: dict[str, Any]) -> None:
        facts = self.route["metadata"]
        version, generation = int(facts["resourceVersion"]) + 1, facts["generation"] + 1
        metadata = {**facts, "resourceVersion": str(version), "generation": generation}
        self.route = {**self.route, "spec": copy.deepcopy(spec), "metadata": metadata}
        self._reconcile()

    def _reconcile(self) -> None:
        if self.controller == "asleep":
            return
        generation = self.route["metadata"]["generation"]
        well = self.controller in ("prompt", "picky")
        facts = {"observedGeneration": generation, "message": ""}
        conditions = [
            {"type": "Accepted", "status": "True", "reason": "Accepted", **facts},
            {
                "type": "ResolvedRefs",
                "status": "True" if well else "False",
                "reason": "ResolvedRefs" if well else self.controller,
                **facts,
            },
        ]
        if self.controller == "picky":
            dropped = {"type": "PartiallyInvalid", "status": "True", "reason": "UnsupportedValue"}
            conditions.append(dropped | facts)
        parents = [{"parentRef": {"name": "web"}, "conditions": conditions}]
        self.route = {**self.route, "status": {"parents": parents}}


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396: objects are merged, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def invalid(spec: dict[str, Any]) -> str:
    for number, each in enumerate(spec["rules"]):
        for ref in each.get("backendRefs", []):
            weight = ref.get("weight", 1)
            if not isinstance(weight, int) or not 0 <= weight <= 1_000_000:
                return f"spec.rules[{number}].backendRefs: Invalid value: {weight!r}"
            if not ref.get("name") or "_" in ref["name"]:
                return f"spec.rules[{number}].backendRefs.name: Invalid value"
    return ""


def status(code: int, message: str) -> dict[str, Any]:
    return {"kind": "Status", "status": "Failure", "code": code, "message": message}


@contextmanager
def running(folder: Path, wrap: Any = None) -> Iterator[Cluster]:
    cluster = Cluster(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("get", lambda body, rehearse: cluster.get())

        def do_PATCH(self) -> None:
            kind = self.headers.get("Content-Type", "")
            self._answer("patch", lambda body, rehearse: cluster.patch(body, kind, rehearse))

        def _answer(self, verb: str, act: Any) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = urlsplit(self.path)
            rehearse = asked.query == "dryRun=All"
            cluster.asked.append(f"{verb} (rehearsed)" if rehearse else verb)
            if cluster.answers:
                self._send(*cluster.answers.pop(0))
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._send(401, json.dumps(status(401, "Unauthorized")).encode())
            elif verb not in cluster.verbs:
                self._send(403, json.dumps(status(403, f"cannot {verb} httproutes")).encode())
            elif asked.path != PATH:
                self._send(404, json.dumps(status(404, f"{asked.path} not found")).encode())
            else:
                code, found = act(body, rehearse)
                self._send(code, json.dumps(found).encode())

        def _send(self, code: int, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if wrap is not None:
        server.socket = wrap(server.socket)
    cluster.url = f"{'https' if wrap else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
