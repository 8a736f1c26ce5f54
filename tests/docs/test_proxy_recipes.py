"""The proxies' files among the recipes are what the command prints, and the programs take them."""

import re
import subprocess

import pytest
from django.core.management import call_command

from tests.deploy.canary.traffic.proxies import (
    EACH,
    HAPROXY,
    NGINX,
    main_conf,
)
from tests.docs import snippets

HOME = snippets.ROOT / "docs" / "recipes" / "proxies"
POOLS = ("--pool", "1.0=10.0.0.1:8000", "--pool", "2.0=10.0.0.2:8000")
FILES = {
    "haproxy.cfg": ("haproxy", "site", "--group", "haproxy"),
    "haproxy.map": ("haproxy", "split"),
    "nginx.conf": ("nginx", "site"),
    "nginx.split": ("nginx", "split"),
    "zdt.js": ("nginx", "script"),
    "nginx-cookie.conf": ("nginx-cookie", "site"),
    "nginx-split.conf": ("nginx-cookie", "split"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_the_command_prints(capsys, name):
    proxy, part, *more = FILES[name]
    call_command("zdt_traffic_agent", "configure", "--proxy", proxy, "--part", part, *POOLS, *more)

    assert capsys.readouterr().out == (HOME / name).read_text()


def test_every_file_is_one_of_these_and_on_the_page():
    page = (HOME.parent / "README.md").read_text()

    assert {path.name for path in HOME.iterdir()} == set(FILES)
    assert [name for name in FILES if f"(proxies/{name})" not in page] == []


@pytest.mark.system
@pytest.mark.parametrize("proxy", EACH)
def test_the_program_takes_it(tmp_path, proxy):
    """With files of this folder and ports that anybody may have."""
    for path in HOME.iterdir():
        text = re.sub(r"/var/lib/zdt|/etc/nginx|/run/haproxy", str(tmp_path), path.read_text())
        text = text.replace("bind :80\n", "bind 127.0.0.1:8080\n").replace(
            "listen 80;", "listen 8080;"
        )
        text = text.replace(" group haproxy", "")  # an account that need not be there
        (tmp_path / path.name).write_text(text)
    site = tmp_path / {"haproxy": "haproxy.cfg"}.get(proxy, f"{proxy}.conf")
    if proxy == "haproxy":
        command = [HAPROXY, "-c", "-f", site]
    else:
        whole = tmp_path / "main.conf"
        whole.write_text(main_conf(tmp_path, f"include {site};", njs=proxy == "nginx"))
        command = [NGINX, "-t", "-p", tmp_path, "-c", whole]

    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "[warn" not in said.stderr.lower(), said.stderr
