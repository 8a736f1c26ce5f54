"""What is peculiar to nginx; `test_proxies` holds what all have in common."""

import asyncio
import http.server
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from tests.deploy.canary.edge.upstream import listening, runs
from tests.deploy.canary.splits import route
from tests.deploy.canary.traffic.proxies import (
    EACH,
    NGINX,
    NJS,
    main_conf,
    needs_njs,
    running,
)
from tests.deploy.canary.traffic.upstreams import ask, connected, release
from zdt_core.exceptions import Refused
from zdt_deploy.canary.traffic import files
from zdt_deploy.canary.traffic.base import bring
from zdt_deploy.canary.traffic.line import Line
from zdt_deploy.canary.traffic.nginx import driver as room
from zdt_deploy.canary.traffic.nginx.configuration import cookie_split, kept_split
from zdt_deploy.canary.traffic.nginx.driver import CookieNginx, Nginx
from zdt_deploy.canary.traffic.proxies import KINDS, Places

NGINXES = [each for each in EACH if each.values[0] != "haproxy"]
POOLS = {"1.0": ["127.0.0.1:9"], "2.0": ["127.0.0.1:9", "127.0.0.1:10"], "a" * 40: ["[::1]:9"]}


def configuration(kind, folder):
    places = Places(
        bind=":8080",
        file=folder / "split",
        socket=folder / "s",
        status="127.0.0.1:8099",
        script=folder / "zdt.js",
        reload="",
    )
    return KINDS[kind].render(places, POOLS, "1.0")


@contextmanager
def status(text, code=200):
    """An nginx's status location that always answers the same; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(code)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


# ---- the configuration ----


@pytest.mark.parametrize("kind", ["nginx", "nginx-cookie"])
def test_each_release_has_its_servers_and_those_of_others_behind_them(tmp_path, kind):
    text = configuration(kind, tmp_path)

    assert "listen 8080;" in text
    assert "listen 127.0.0.1:8099;" in text
    assert '"2.0" release_1;' in text
    assert "default release_0;" in text
    assert "upstream release_1 {\n    server 127.0.0.1:9 max_fails=2 fail_timeout=5s;" in text
    assert text.count("backup;") == 3 + 2 + 3
    assert 'default "1.0 2.0 ' in text


@pytest.mark.system
@pytest.mark.parametrize("kind", NGINXES)
def test_nginx_understands_its_configuration(tmp_path, kind):
    (tmp_path / "split").write_text(KINDS[kind].first("1.0"))
    if script := KINDS[kind].script:
        (tmp_path / "zdt.js").write_text(script.read_text())
    conf = tmp_path / "nginx.conf"
    conf.write_text(main_conf(tmp_path, configuration(kind, tmp_path), njs=kind == "nginx"))

    said = subprocess.run([NGINX, "-t", "-p", tmp_path, "-c", conf], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr, said.stderr


@pytest.mark.parametrize("threshold", [0, 1, 500, 33_333, 50_000, 99_999, 100_000])
def test_a_cookie_s_split_is_read_as_it_was_written(threshold):
    line = Line(threshold, "1.0", "2.0", 1180)

    assert kept_split(cookie_split(line)) == line


def test_at_none_and_all_no_cookie_is_looked_at():
    assert "default stable;\n}" in cookie_split(Line(0, "1.0", "2.0"))
    assert "default canary;\n}" in cookie_split(Line(100_000, "1.0", "2.0"))
    assert '"~^0[0-4][0-9]{3}$" canary;' in cookie_split(Line(5000, "1.0", "2.0"))


def test_a_share_that_ends_is_for_the_seconds_that_the_agent_has_made():
    some = cookie_split(Line(5000, "1.0", "2.0", 1180))
    assert 'map "$zdt_live $cookie_zdt_bucket" $zdt_track {\n    default stable;' in some
    assert '"~^now 0[0-4][0-9]{3}$" canary;' in some
    assert '"~^now " canary;' in cookie_split(Line(100_000, "1.0", "2.0", 1180))
    assert "default stable;\n}" in cookie_split(Line(0, "1.0", "2.0", 1180))


def test_another_file_is_no_split():
    assert kept_split("map $a $b { default c; }") is None


# ---- an nginx that takes a change and does not apply it ----


@pytest.fixture
def quick(monkeypatch):
    """A reload is not waited for."""
    monkeypatch.setattr(room, "FOLLOW_SECONDS", 0.0)


def test_with_njs_it_is_asked_itself_and_not_its_file(tmp_path):
    with status("0|1.0||99999999999\n1.0 2.0\n") as address:
        nginx = Nginx(tmp_path / "split", address)
        with pytest.raises(Refused) as refused:
            bring(nginx, route(5, valid_for=180))

    assert files.read(tmp_path / "split").startswith("5000|1.0|2.0|")
    assert refused.value.code == "proxy_does_not_apply"
    assert "applies 0 % on no canary, stable 1.0" in str(refused.value)


def test_a_reload_without_effect_is_found_and_not_repeated_at_once(tmp_path, quick):
    marks = tmp_path / "marks"
    marks.touch()
    reload = f"{sys.executable} -c \"open('{marks}', 'a').write('.')\""
    with status("0|1.0||99999999999\n1.0 2.0\n") as address:
        nginx = CookieNginx(tmp_path / "split", address, reload)
        for percentage, reloads in ((5, 1), (5, 1), (25, 2), (5, 3)):
            with pytest.raises(Refused, match="and applies 0 %"):
                bring(nginx, route(percentage))
            assert len(marks.read_text()) == reloads


def test_nothing_is_reloaded_for_a_renewal(tmp_path, quick):
    with status("5000|1.0|2.0|1180\n1.0 2.0\nnow\n") as address:
        nginx = CookieNginx(tmp_path / "split", address, "/does/not/exist")
        bring(nginx, route(5, valid_for=60))
        bring(nginx, route(5, valid_for=180))

        assert nginx.read().valid_for == pytest.approx(180, abs=2)


def test_seconds_that_nginx_does_not_see_are_none(tmp_path, quick):
    """Its workers may not look into the folder, or it is another one."""
    with status("5000|1.0|2.0|1180\n1.0 2.0\n\n") as address:
        nginx = CookieNginx(tmp_path / "split", address, "/does/not/exist")
        with pytest.raises(Refused, match=r"applies 0 % on 2\.0"):
            bring(nginx, route(5, valid_for=180))


def test_a_share_that_ends_is_taken_back_though_a_reload_fails(tmp_path, quick):
    with status("5000|1.0|2.0|1180\n1.0 2.0\nnow\n") as address:
        nginx = CookieNginx(tmp_path / "split", address, "/does/not/exist")
        bring(nginx, route(5, valid_for=180))
        with pytest.raises(Refused, match="did not take the share"):
            bring(nginx, route(0))

    assert [each.name for each in nginx.seconds.path.iterdir()] == ["until"]


def test_a_share_that_nginx_does_not_hold_gets_no_time(tmp_path, quick):
    with status("5000|1.0|2.0|1180\n1.0 2.0 3.0\n\n") as address:
        nginx = CookieNginx(tmp_path / "split", address, sys.executable + " -c pass")
        with pytest.raises(Refused):
            bring(nginx, route(5, valid_for=180, canary="3.0"))

    assert not nginx.seconds.path.exists()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/does/not/exist", "No such file or directory"),
        (f"{sys.executable} -c \"import sys; sys.exit('[emerg] unknown directive.')\"", "[emerg]"),
        (f'{sys.executable} -c "raise SystemExit(3)"', "exit code 3"),
    ],
)
def test_a_reload_that_is_refused_says_why(tmp_path, quick, command, answer):
    with status("0|1.0||99999999999\n1.0 2.0\n") as address:
        nginx = CookieNginx(tmp_path / "split", address, command)
        with pytest.raises(Refused) as refused:
            bring(nginx, route(5))

    assert refused.value.code == "proxy_refused"
    assert answer in refused.value.params["answer"]


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("<html>Not Found</html>", 404, "did not answer (status 404)"),
        ("<html>a page of the site</html>", 200, "a part of an answer"),
        ("", 200, "a part of an answer"),
        ("0|1.0|2.0|99999999999\n", 200, "a part of an answer"),
        ("0|1.0|2.0|99999999999\n1.0 2", 200, "a part of an answer"),
        ("unknown\n1.0 2.0\n", 200, "applies nothing"),
    ],
)
def test_an_answer_that_is_none_of_ours_says_nothing(tmp_path, text, code, told):
    with status(text, code) as address:
        with pytest.raises(Refused) as refused:
            bring(Nginx(tmp_path / "split", address), route(0))

    assert told in str(refused.value)


def test_an_nginx_that_is_away_is_not_answered_for(tmp_path):
    with pytest.raises(Refused, match=r"did not answer \(Connection refused\)"):
        Nginx(tmp_path / "split", "127.0.0.1:9").read()


# ---- the real one ----


@pytest.mark.system
@pytest.mark.parametrize("kind", NGINXES)
@runs
async def test_where_the_canary_is_down_stable_serves(tmp_path, kind):
    async with listening(release("1.0")) as old:
        pools = {"1.0": [f"{old[0]}:{old[1]}"], "2.0": ["127.0.0.1:9"]}
        with running(kind, tmp_path, pools) as proxy:
            await asyncio.to_thread(bring, proxy.driver, route(100))
            async with connected(proxy.address) as client:
                for _ in range(5):
                    assert await ask(client, None) == ["1.0", "canary"]


@pytest.mark.system
@needs_njs
@pytest.mark.parametrize(
    "content", [None, "", "5000|1.0|2.0", "100|1.0|2.0|1180\n5|1.0||9", "x" * 9999]
)
def test_with_njs_a_file_that_says_nothing_sends_nobody(tmp_path, content):
    with running("nginx", tmp_path, POOLS) as proxy:
        bring(proxy.driver, route(60))
        if content is None:
            proxy.places.file.unlink()
        else:
            proxy.places.file.write_text(content)
        assert proxy.driver.read() is None
        bring(proxy.driver, route(60))
        assert proxy.driver.read().threshold == 60_000


def test_the_module_is_looked_for_where_distributions_have_it():
    assert NJS is None or NJS.name == "ngx_http_js_module.so"
