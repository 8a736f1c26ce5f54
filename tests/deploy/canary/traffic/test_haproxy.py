"""What is peculiar to HAProxy; `test_proxies` holds what all have in common."""

import asyncio
import socketserver
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploy.canary.edge.upstream import listening, runs
from tests.deploy.canary.splits import route
from tests.deploy.canary.traffic.proxies import HAPROXY, needs_haproxy, running
from tests.deploy.canary.traffic.upstreams import ask, connected, head_of, release
from zdt_core.exceptions import Refused
from zdt_deploy.canary.traffic import files
from zdt_deploy.canary.traffic.base import bring
from zdt_deploy.canary.traffic.haproxy import runtime as runtimes
from zdt_deploy.canary.traffic.haproxy.configuration import releases, render
from zdt_deploy.canary.traffic.haproxy.runtime import Runtime

SHOWN = "# name\nrelease_1.0\nunchecked_1.0\nrelease_2.0:b1\nunchecked_2.0:b1\nother\n"


def test_the_releases_that_haproxy_has_servers_for_are_told_by_its_backends():
    assert releases(SHOWN) == {"1.0", "2.0+b1"}


def test_every_release_has_a_backend_of_its_own_with_active_checks(tmp_path):
    text = render(
        bind="fd@3",
        socket=tmp_path / "s",
        map_file=tmp_path / "m",
        pools={"1.0": ["127.0.0.1:8001"], "2.0+rc": ["127.0.0.1:8002", "127.0.0.1:8003"]},
        default="1.0",
    )
    assert "default_backend release_1.0" in text
    assert "use_backend release_2.0:rc if { var(txn.first) -m str 2.0+rc }" in text
    assert text.count("http-check send meth GET uri /health/ready") == 2
    assert "server s1 127.0.0.1:8003 check" in text
    assert f"stats socket {tmp_path}/s mode 600 level admin" in text


def test_a_group_may_use_the_socket(tmp_path):
    at = {"bind": ":80", "socket": tmp_path / "s", "map_file": tmp_path / "m", "default": "1.0"}
    text = render(**at, pools={"1.0": ["10.0.0.1:80"]}, group="haproxy")

    assert f"stats socket {tmp_path}/s group haproxy mode 660 level admin" in text


@contextmanager
def answering(*pieces, hold=False):
    """A runtime socket that answers each command with ``pieces``, and ends or holds the line."""
    end = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.rfile.readline()
            for piece in pieces:
                self.wfile.write(piece)
            if hold:
                end.wait(5)

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,  # a socket's path has to be short
        Server(f"{folder}/s", Handler) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Runtime(Path(folder) / "s", Path(folder) / "m")
        end.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "answer", [b"", b"0x55d now 60000|1.0|2.0|999", b"# name\nrelease_1.0\nunchecked_1.0\n"]
)
def test_an_answer_that_ends_in_the_middle_says_nothing(answer):
    """A line that is cut reads like one that is over, and so like a canary without visitors; a list
    of backends like a HAProxy without servers of the canary."""
    with answering(answer) as runtime:
        with pytest.raises(OSError, match="a part of an answer"):
            runtime.ask("show something")


def test_an_answer_that_does_not_end_is_given_up(monkeypatch):
    monkeypatch.setattr(runtimes, "TIMEOUT_SECONDS", 0.05)
    with answering(b"0x55d now 0|1.0|2.0|9\n\n", hold=True) as runtime:
        with pytest.raises(TimeoutError):
            runtime.get("now")


@pytest.mark.system
@needs_haproxy
def test_haproxy_understands_its_configuration(tmp_path):
    configuration, split = tmp_path / "haproxy.cfg", tmp_path / "split"
    split.write_text("now 0|1.0||99999999999\n")
    pools = {"1.0": ["127.0.0.1:9"], "2.0+b1": ["127.0.0.1:9", "127.0.0.1:10"]}
    pools["a" * 40] = ["127.0.0.1:11"]
    text = render(
        bind="127.0.0.1:8080", socket=tmp_path / "s", map_file=split, pools=pools, default="1.0"
    )
    configuration.write_text(text)

    said = subprocess.run([HAPROXY, "-c", "-f", configuration], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr.lower(), said.stderr


@pytest.mark.system
@needs_haproxy
@runs
async def test_where_the_canary_is_down_stable_serves(tmp_path):
    async with listening(release("1.0")) as old:
        pools = {"1.0": [f"{old[0]}:{old[1]}"], "2.0": ["127.0.0.1:9"]}
        with running("haproxy", tmp_path, pools) as proxy:
            while proxy.driver.runtime.ask("show stat").count(",DOWN,") < 2:  # server and backend
                await asyncio.sleep(0.02)
            bring(proxy.driver, route(100))
            async with connected(proxy.address) as client:
                assert await ask(client, None) == ["1.0", "canary"]


@pytest.mark.system
@needs_haproxy
@runs
async def test_where_every_check_fails_the_servers_are_asked_all_the_same(tmp_path):
    async def not_ready(reader, writer):
        while head := await head_of(reader):
            ok = b"200 OK" if b"/health/" not in head else b"503 No"
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\n1a" % ok)

    async with listening(not_ready) as old:
        with running("haproxy", tmp_path, {"1.0": [f"{old[0]}:{old[1]}"]}) as proxy:
            while proxy.driver.runtime.ask("show stat").count(",DOWN,") < 2:
                await asyncio.sleep(0.02)
            async with connected(proxy.address) as client:
                assert await ask(client, None) == ["1a"]


@pytest.mark.system
@needs_haproxy
def test_a_map_that_haproxy_does_not_have_is_refused(tmp_path):
    with running("haproxy", tmp_path, {"1.0": ["127.0.0.1:9"], "2.0": ["127.0.0.1:9"]}) as proxy:
        proxy.driver.runtime.map_file = tmp_path / "another"
        with pytest.raises(Refused, match=r"did not take the share: .*[Uu]nknown map"):
            bring(proxy.driver, route(5))


@pytest.mark.system
@needs_haproxy
def test_what_a_restart_would_forget_does_not_count_as_applied(tmp_path):
    with running("haproxy", tmp_path, {"1.0": ["127.0.0.1:9"], "2.0": ["127.0.0.1:9"]}) as proxy:
        bring(proxy.driver, route(60))
        proxy.places.file.unlink()
        assert proxy.driver.read() is None
        bring(proxy.driver, route(60))
        assert proxy.places.file.read_text() == "now 60000|1.0|2.0|99999999999\n"


@pytest.mark.system
@needs_haproxy
def test_a_full_disk_holds_up_no_rollback_and_is_told(tmp_path, monkeypatch):
    def fail(path, text):
        raise Refused("proxy_file_not_written", path=str(path), error="No space left on device")

    with running("haproxy", tmp_path, {"1.0": ["127.0.0.1:9"], "2.0": ["127.0.0.1:9"]}) as proxy:
        bring(proxy.driver, route(60))
        monkeypatch.setattr(files, "write", fail)
        with pytest.raises(Refused, match="No space left on device"):
            bring(proxy.driver, route(0))
        assert "now 0|1.0|2.0|" in proxy.driver.runtime.ask(f"show map {proxy.places.file}")
