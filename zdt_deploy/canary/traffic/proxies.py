"""The kinds of proxies that an agent can stand beside: their drivers, and what configures them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zdt_deploy.canary.traffic.base import Driver
from zdt_deploy.canary.traffic.haproxy import configuration as haproxy
from zdt_deploy.canary.traffic.haproxy.driver import HAProxy
from zdt_deploy.canary.traffic.line import Line
from zdt_deploy.canary.traffic.nginx import configuration as nginx
from zdt_deploy.canary.traffic.nginx.driver import CookieNginx, Nginx

HOME = Path("/var/lib/zdt")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a proxy is and its files are; each kind looks at those that it has."""

    bind: str
    file: Path
    socket: Path
    status: str
    script: Path
    reload: str
    group: str = ""


Pools = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """``file`` is where the split is kept unless somebody says otherwise; ``render`` is the
    configuration, ``first`` the file's content before the first share, ``split`` what a content
    says, ``script`` the njs script if it has one."""

    file: Path
    render: Callable[[Places, Pools, str], str]
    first: Callable[[str], str]
    split: Callable[[str], Line | None]
    driver: Callable[[Places], Driver]
    script: Path | None = None


def _haproxy(at: Places, pools: Pools, default: str) -> str:
    return haproxy.render(
        bind=at.bind, socket=at.socket, map_file=at.file, pools=pools, default=default,
        group=at.group,
    )  # fmt: skip


def _nginx(at: Places, pools: Pools, default: str) -> str:
    return nginx.render(
        listen=at.bind, status=at.status, split=at.file, script=at.script, pools=pools,
        default=default,
    )  # fmt: skip


def _nginx_cookie(at: Places, pools: Pools, default: str) -> str:
    return nginx.render_cookie(
        listen=at.bind, status=at.status, split=at.file, pools=pools, default=default
    )


def _nobody(default: str) -> Line:
    return Line(0, default, "")


KINDS: dict[str, Kind] = {
    "haproxy": Kind(
        HOME / "haproxy.map",
        _haproxy,
        lambda default: haproxy.map_text(_nobody(default)),
        haproxy.kept_line,
        lambda at: HAProxy(at.socket, at.file),
    ),
    "nginx": Kind(
        HOME / "nginx.split",
        _nginx,
        lambda default: f"{_nobody(default)}\n",
        Line.parse,
        lambda at: Nginx(at.file, at.status),
        nginx.SCRIPT,
    ),
    "nginx-cookie": Kind(
        HOME / "nginx-split.conf",
        _nginx_cookie,
        lambda default: nginx.cookie_split(_nobody(default)),
        nginx.kept_split,
        lambda at: CookieNginx(at.file, at.status, at.reload),
    ),
}
