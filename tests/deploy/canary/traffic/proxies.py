"""Real proxies for tests: started on a socket that stays open, killed, and started again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zdt_core.exceptions import Refused
from zdt_deploy.canary.traffic.base import Driver
from zdt_deploy.canary.traffic.proxies import KINDS, Places, Pools

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
HAPROXY, NGINX = shutil.which("haproxy", path=PATH), shutil.which("nginx", path=PATH)
NJS = next(
    (
        path
        for folder in ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/etc/nginx/modules")
        if (path := Path(folder, "ngx_http_js_module.so")).exists()
    ),
    None,
)

needs_haproxy = pytest.mark.skipif(
    HAPROXY is None, reason="HAProxy is not installed (apt install haproxy)"
)
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (apt install nginx)")
needs_njs = pytest.mark.skipif(
    NGINX is None or NJS is None,
    reason="nginx with njs is not installed (apt install nginx libnginx-mod-http-js)",
)
EACH = (
    pytest.param("haproxy", marks=needs_haproxy),
    pytest.param("nginx", marks=needs_njs),
    pytest.param("nginx-cookie", marks=[needs_nginx, pytest.mark.long]),  # each change a reload
)

NGINX_CONF = """\
{load}
{user}
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {body}
}}
"""


def main_conf(folder: Path, body: str, *, njs: bool = False) -> str:
    """A whole nginx.conf around ``body``, with its files in ``folder``."""
    load = f"load_module {NJS};" if njs else ""
    user = "user root;" if os.geteuid() == 0 else ""  # its workers read the tests' own folder
    return NGINX_CONF.format(folder=folder, body=body, load=load, user=user)


class Proxy:
    """A proxy of ``kind`` in front of ``pools``; its sockets outlive its process."""

    def __init__(self, kind: str, folder: Path, pools: Pools, default: str = "1.0") -> None:
        self.kind, self.folder, self.pools, self.default = kind, folder, pools, default
        folder.mkdir()
        self._sockets = [_listener() for _ in range(2)]
        self.address, status = (each.getsockname() for each in self._sockets)
        self.configuration = folder / ("haproxy.cfg" if kind == "haproxy" else "nginx.conf")
        script = folder / "zdt.js"
        if KINDS[kind].script:
            script.write_text(KINDS[kind].script.read_text())
        self.places = Places(
            bind=f"fd@{self._fd}" if kind == "haproxy" else _name(self.address),
            file=folder / "split",
            socket=folder / "s",
            status=_name(status),
            script=script,
            reload=f"{NGINX} -p {folder} -c {self.configuration} -s reload",
        )
        self.places.file.write_text(KINDS[kind].first(default))
        self.configure(pools)
        self.driver: Driver = KINDS[kind].driver(self.places)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _fd(self) -> int:
        return self._sockets[0].fileno()

    @property
    def arguments(self) -> list[str]:
        """What an agent beside it is told."""
        at = self.places
        told = {
            "--proxy": self.kind,
            "--file": at.file,
            "--socket": at.socket,
            "--status": at.status,
        }
        told |= {"--reload": at.reload, "--default": self.default}
        return [str(word) for pair in told.items() for word in pair]

    def configure(self, pools: Pools) -> None:
        text = KINDS[self.kind].render(self.places, pools, self.default)
        if self.kind != "haproxy":
            text = main_conf(self.folder, text, njs=self.kind == "nginx")
        self.configuration.write_text(text)

    def start(self) -> None:
        if self.kind == "haproxy":
            command = [HAPROXY, "-db", "-f", self.configuration]
        else:
            command = [NGINX, "-p", self.folder, "-c", self.configuration]
        descriptors = [each.fileno() for each in self._sockets]
        # nginx takes over listening sockets as from an older nginx
        handed = {"NGINX": "".join(f"{fd};" for fd in descriptors)}
        with (self.folder / "stderr").open("ab") as stderr:
            self._process = subprocess.Popen(
                command,
                pass_fds=descriptors,
                env={**os.environ, **({} if self.kind == "haproxy" else handed)},
                stderr=stderr,
            )
        while not self.answers():
            assert self._process.poll() is None, (self.folder / "stderr").read_text()

    def answers(self) -> bool:
        try:
            return self.driver.read() is not None
        except Refused:
            return False

    def reload(self) -> None:
        """HAProxy has no reload without a master; its end and start are what one does to it."""
        if self.kind == "haproxy":
            self.end()
            self.start()
        else:
            subprocess.run(self.places.reload.split(), check=True)

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        self._process = None

    def close(self) -> None:
        self.end()
        for each in self._sockets:
            each.close()


@contextmanager
def running(kind: str, folder: Path, pools: Pools) -> Iterator[Proxy]:
    """A proxy that is up."""
    proxy = Proxy(kind, folder / kind, pools)
    try:
        proxy.start()
        yield proxy
    finally:
        proxy.close()


@contextmanager
def releases(folder: Path) -> Iterator[dict[str, list[str]]]:
    """The pools of two releases that say who they are and which track they were told: an nginx,
    which is quick."""
    folder = folder / "releases"
    folder.mkdir()
    sockets = [_listener() for _ in range(2)]
    addresses = [_name(each.getsockname()) for each in sockets]
    servers = "".join(
        f"server {{ listen {address}; keepalive_requests 1000000; "
        f'location / {{ return 200 "{release} $zdt_told"; }} }}\n'
        for release, address in zip(("1.0", "2.0"), addresses, strict=True)
    )
    told = (
        'map $http_x_deployment_version $zdt_told { default $http_x_deployment_version; "" none; }'
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(main_conf(folder, f"{told}\n{servers}"))
    descriptors = [each.fileno() for each in sockets]
    process = subprocess.Popen(
        [NGINX, "-p", folder, "-c", configuration],
        pass_fds=descriptors,
        env={**os.environ, "NGINX": "".join(f"{fd};" for fd in descriptors)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield {"1.0": [addresses[0]], "2.0": [addresses[1]]}
    finally:
        process.terminate()
        process.wait(10)
        for each in sockets:
            each.close()


def _listener() -> socket.socket:
    """A socket for a proxy to accept at; one that blocks would hang nginx's workers."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    return listener


def _name(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"
