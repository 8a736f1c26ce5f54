"""An Application Load Balancer at moto, and a door before it that can be told to misbehave."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import boto3
from werkzeug.test import Client

from zdt_deploy.canary.traffic.cloud import cookie
from zdt_deploy.canary.traffic.cloud.alb import Alb
from zdt_deploy.canary.traffic.cloud.forwards import forward_of

REGION = "eu-central-1"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
_ERROR = """<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">
<Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>
<RequestId>1</RequestId></ErrorResponse>"""

Hook = Callable[[str], "tuple[int, str] | None"]


@contextmanager
def moto() -> Iterator[Door]:
    """A back door to moto, by which nobody misbehaves. It takes a second to import."""
    from tests.deploy.canary.traffic.cloud.moto_application import application

    door = Door(application)
    try:
        yield door
    finally:
        door.close()


@cache
def client(service: str, url: str, region: str) -> Any:
    return boto3.client(service, endpoint_url=url, region_name=region, **KEYS)


def on_cookie(expression: str) -> dict[str, Any]:
    """A rule's condition."""
    ours = {"HttpHeaderName": "Cookie", "RegexValues": [expression]}
    return {"Field": "http-header", "HttpHeaderConfig": ours}


HOST = {"Field": "host-header", "HostHeaderConfig": {"Values": ["shop.example.com"]}}
MEMBERS, KNOWN = [HOST, on_cookie(cookie.members(1000))], [on_cookie(cookie.KNOWN)]


class Door:
    """Carries each call to moto, unless ``hook`` answers it with a status and a body.

    ``calls`` are the operations that came, in order; ``touched`` are those that changed something.
    """

    def __init__(self, application: Any) -> None:
        self.application, self.calls, self.touched = application, list[str](), set[str]()
        self.hook: Hook = lambda operation: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail(self, status: int, code: str, *operations: str) -> None:
        """Answer ``operations`` (all if none is given) with an error from now on."""
        body = _ERROR.format(code=code, text=f"{code} was told to happen")
        self.hook = lambda name: (status, body) if not operations or name in operations else None

    def swallow(self, *operations: str) -> None:
        """Take ``operations``, and do nothing about them."""
        done = "<{0}Response><{0}Result/><ResponseMetadata/></{0}Response>"
        self.hook = lambda name: (200, done.format(name)) if name in operations else None

    def obey(self) -> None:
        self.hook = lambda operation: None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = parse_qs(body.decode())["Action"][0]
                door.calls.append(operation)
                if not operation.startswith("Describe"):
                    door.touched.add(operation)
                status, answer = door.hook(operation) or self._carry(body)
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(answer.encode())))
                self.end_headers()
                self.wfile.write(answer.encode())

            def _carry(self, body: bytes) -> tuple[int, str]:
                asked = {"method": "POST", "data": body, "headers": dict(self.headers.items())}
                answer = Client(door.application, use_cookies=False).open("/", **asked)
                return answer.status_code, answer.get_data(as_text=True)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


class Site:
    """Release 1.0 behind a load balancer, and 2.0 ready beside it.

    ``members`` and ``known`` are rules, ``listener`` serves the rest. moto is one for a whole
    process, and names are taken in a region: two sites at a time live in two of them.
    """

    def __init__(self, back: Door, door: Door, region: str = REGION) -> None:
        from tests.deploy.canary.traffic.cloud.moto_application import subnets

        self.door = door
        self.api = client("elbv2", back.url, region)
        self.nets, (self.vpc, *_) = zip(*subnets(region), strict=True)
        self.doors = (back, door)
        self._make()

    def _make(self) -> None:
        self.balancer = self.api.create_load_balancer(Name="shop", Subnets=list(self.nets[:2]))[
            "LoadBalancers"
        ][0]["LoadBalancerArn"]
        self.groups = {release: self.group(release) for release in ("1.0", "2.0")}
        self.listener: str = self.api.create_listener(
            LoadBalancerArn=self.balancer, Protocol="HTTP", Port=80,
            DefaultActions=[to(self.groups["1.0"])],
        )["Listeners"][0]["ListenerArn"]  # fmt: skip
        self.members = self.rule(10, MEMBERS)
        self.known = self.rule(20, KNOWN)
        self._forget()

    def restore(self) -> None:
        """As it was made: what was only moved is moved back, which is quicker than a new one."""
        touched = {each for door in self.doors for each in door.touched}
        if touched - {"ModifyRule", "ModifyListener"}:
            self.api.delete_load_balancer(LoadBalancerArn=self.balancer)
            for arn in self.groups.values():
                self.api.delete_target_group(TargetGroupArn=arn)
            self._make()
        elif touched:
            stable = [to(self.groups["1.0"])]
            for arn, conditions in ((self.members, MEMBERS), (self.known, KNOWN)):
                self.api.modify_rule(RuleArn=arn, Actions=stable, Conditions=conditions)
            self.api.modify_listener(ListenerArn=self.listener, DefaultActions=stable)
        self._forget()

    def _forget(self) -> None:
        for door in self.doors:
            door.touched.clear()

    def group(self, release: str) -> str:
        arn: str = self.api.create_target_group(
            Name=f"shop-{release.replace('.', '-')}", Protocol="HTTP", Port=80, VpcId=self.vpc,
            TargetType="ip",
        )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
        self.register(arn)
        return arn

    def register(self, arn: str) -> None:
        self.api.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.1", "Port": 80}])

    def deregister(self, arn: str) -> None:
        self.api.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.1", "Port": 80}])

    def rule(self, priority: int, conditions: list[dict[str, Any]]) -> str:
        arn: str = self.api.create_rule(
            ListenerArn=self.listener, Priority=priority, Actions=[to(self.groups["1.0"])],
            Conditions=conditions,
        )["Rules"][0]["RuleArn"]  # fmt: skip
        return arn

    def options(self, **changes: Any) -> dict[str, Any]:
        return {
            "members": self.members, "others": self.listener, "target_groups": "shop-{release}",
            "endpoint": self.door.url,
        } | changes  # fmt: skip

    def driver(self, stable: str = "1.0", canary: str = "2.0", **options: Any) -> Alb:
        return Alb("edge", stable, canary, **self.options(**options))

    # ---- what is so now ----

    def described(self, arn: str) -> dict[str, Any]:
        if ":listener-rule/" in arn:
            return dict(self.api.describe_rules(RuleArns=[arn])["Rules"][0])
        found = self.api.describe_listeners(ListenerArns=[arn])["Listeners"][0]
        return {"Actions": found["DefaultActions"], "Conditions": []}

    def sends(self, arn: str) -> dict[str, int]:
        """The weights of a rule or listener, by release."""
        found = forward_of(self.described(arn)["Actions"])
        assert found is not None
        names = {group: release for release, group in self.groups.items()}
        return {names[group]: weight for group, weight in found.weights.items()}

    def expression(self) -> str:
        conditions = self.described(self.members)["Conditions"]
        values = [each["HttpHeaderConfig"] for each in conditions if "HttpHeaderConfig" in each]
        return str(values[0]["RegexValues"][0])

    def anywhere(self, release: str) -> bool:
        """Whether the group of ``release`` is named by anything of the listener."""
        rules = self.api.describe_rules(ListenerArn=self.listener)["Rules"]
        return self.groups[release] in str([each["Actions"] for each in rules])


def to(arn: str, **stickiness: Any) -> dict[str, Any]:
    config = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1}]}
    if stickiness:
        config["TargetGroupStickinessConfig"] = stickiness  # type: ignore[assignment]
    return {"Type": "forward", "ForwardConfig": config}
