import pytest
from django.core.management import CommandError, call_command

from zdt_deploy.canary.traffic import following
from zdt_deploy.canary.traffic.proxies import KINDS

POOLS = ["--pool", "1.0=10.0.0.1:80", "--pool", "2.0=10.0.0.2:80", "--pool", "2.0=10.0.0.3:80"]


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        (
            "haproxy",
            ("bind :8080", "map_str(/srv/m)", "default_backend release_1.0",
             "server s1 10.0.0.3:80 check"),
        ),
        (
            "nginx",
            ("listen 8080;", 'default "/srv/m";', "js_import zdt from /etc/nginx/zdt.js;",
             "server 10.0.0.3:80 max_fails=2"),
        ),
        (
            "nginx-cookie",
            ("listen 8080;", "include /srv/m;", "if (-f /srv/m.seconds/$zdt_second)",
             "listen 127.0.0.1:8099;"),
        ),
    ],
)  # fmt: skip
def test_it_prints_a_whole_configuration(capsys, proxy, words):
    at = ["--proxy", proxy, "--bind", ":8080", "--file", "/srv/m"]
    call_command("zdt_traffic_agent", "configure", *at, *POOLS)

    text = capsys.readouterr().out
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("proxy", "file"),
    [
        ("haproxy", "now 0|1.0||99999999999\n"),
        ("nginx", "0|1.0||99999999999\n"),
        ("nginx-cookie", "# Written by zdt_traffic_agent.\n"),
    ],
)
def test_it_prints_what_the_split_s_file_begins_with(capsys, proxy, file):
    for who in (["--default", "1.0"], POOLS):
        call_command("zdt_traffic_agent", "configure", "--proxy", proxy, "--part", "split", *who)
        assert capsys.readouterr().out.startswith(file)


def test_it_prints_nginx_s_script(capsys):
    call_command("zdt_traffic_agent", "configure", "--proxy", "nginx", "--part", "script")

    assert "export default {choice, status};" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["configure", "--pool", "2.0"], "A pool is RELEASE=HOST:PORT, not '2.0'"),
        (["configure", *POOLS, "--default", "3.0"], r"--default 3.0 has no --pool"),
        (["configure"], r"Name the servers of each release: --pool 1\.0="),
        (["configure", "--part", "split"], "Name the servers of each release"),
        (["configure", "--part", "script"], "--proxy haproxy has no script"),
        (["follow", "--status", "8099"], "'8099' is no HOST:PORT"),
        (["follow", "--status", "localhost:http"], "'localhost:http' is no HOST:PORT"),
        (["follow"], r"Name the release that serves before the first one: --default 1\.0"),
    ],
)
def test_what_it_cannot_do_it_says(arguments, words):
    with pytest.raises(CommandError, match=words) as refused:
        call_command("zdt_traffic_agent", *arguments)
    assert refused.value.returncode == 2


@pytest.mark.parametrize("proxy", ["haproxy", "nginx", "nginx-cookie"])
def test_a_file_that_is_no_split_of_this_proxy_is_not_overwritten(tmp_path, monkeypatch, proxy):
    monkeypatch.setattr(following, "follow", lambda *given: pytest.fail("it followed"))
    splits = {name: kind.first("1.0") for name, kind in KINDS.items() if name != proxy}
    for content in (*splits.values(), "events {}\n"):
        (tmp_path / "file").write_text(content)
        at = ["--proxy", proxy, "--file", str(tmp_path / "file"), "--default", "1.0"]
        with pytest.raises(CommandError, match=f"is no split of --proxy {proxy}") as refused:
            call_command("zdt_traffic_agent", "follow", *at)
        assert refused.value.returncode == 2


@pytest.mark.django_db
@pytest.mark.parametrize("content", ["", "0|1.0||99999999999\n"])
def test_one_that_is_empty_or_its_own_is_followed(tmp_path, monkeypatch, content):
    followed = []
    monkeypatch.setattr(following, "follow", lambda *given: followed.append(given))
    (tmp_path / "file").write_text(content)
    at = ["--proxy", "nginx", "--file", str(tmp_path / "file"), "--default", "1.0"]
    call_command("zdt_traffic_agent", "follow", *at)

    assert len(followed) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxy", "name"),
    [
        ("haproxy", "HAProxy at /run/zdt.sock"),
        ("nginx", "nginx at 127.0.0.1:81"),
        ("nginx-cookie", "nginx at 127.0.0.1:81"),
    ],
)
def test_it_follows_beside_the_proxy_that_is_named(monkeypatch, proxy, name):
    followed = []
    monkeypatch.setattr(following, "follow", lambda *given: followed.append(given))
    at = ["--socket", "/run/zdt.sock", "--status", "127.0.0.1:81", "--default", "1.0"]
    call_command("zdt_traffic_agent", "follow", "--proxy", proxy, *at)

    driver, default = followed[0]
    assert (driver.name, default) == (name, "1.0")
