import pytest
from django.core.management import CommandError, call_command

from zdt_deploy.canary.traffic import following

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
        ("nginx-cookie", ("listen 8080;", "include /srv/m;", "listen 127.0.0.1:8099;")),
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
        (["follow"], r"Name the release that serves before the first one: --default 1\.0"),
    ],
)
def test_what_it_cannot_do_it_says(arguments, words):
    with pytest.raises(CommandError, match=words) as refused:
        call_command("zdt_traffic_agent", *arguments)
    assert refused.value.returncode == 2


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
