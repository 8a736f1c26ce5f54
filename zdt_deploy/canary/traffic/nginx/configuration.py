"""nginx's configuration for a site's edge, to be included in its ``http`` block. No I/O.

With njs (`render`) a script works out the fine bucket of `zdt_core.buckets` and reads the split
from a file on each request, so that a change needs no reload, and nginx's own clock ends a share.
Without (`render_cookie`) the bucket comes from the cookie `zdt_bucket`, and the split is a map that
the agent writes, so that each change is a reload; nginx ends a share by the files of `seconds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from zdt_core import buckets
from zdt_deploy.canary.traffic.below import below
from zdt_deploy.canary.traffic.line import Line
from zdt_deploy.canary.traffic.nginx.seconds import folder

STATUS_PATH = "/zdt/split"
SCRIPT = Path(__file__).with_name("zdt.js")

_WITH_SCRIPT = """\
# Needs njs: `load_module modules/ngx_http_js_module.so;` at the top of nginx.conf.
js_import zdt from {script};
js_set $zdt_choice zdt.choice;
map "" $zdt_file {{ default "{split}"; }}
map $zdt_choice $zdt_track {{
    default stable;
    "~^canary " canary;
}}
map $zdt_choice $zdt_release {{
    default "";
    "~ (?<zdt_chosen>.+)$" $zdt_chosen;
}}
"""

_WITH_COOKIE = """\
# $zdt_track, $zdt_release and $zdt_split: written by the agent, which then reloads nginx.
include {split};
map $msec $zdt_second {{
    default none;
    "~^(?<zdt_whole>[0-9]+)" $zdt_whole;
}}
"""

_LIVE = """# a share ends with the seconds that the agent has made a file for
        set $zdt_live "";
        if (-f {folder}/$zdt_second) {{ set $zdt_live now; }}
        """

_TELL = """default_type text/plain;
        return 200 "$zdt_split\\n$zdt_pools\\n$zdt_live\\n";"""

_SERVERS = """
server {{
    listen {listen};
    client_max_body_size 0;  # the site says how much it takes
    location / {{
        {live}proxy_pass http://$zdt_pool;
        proxy_http_version 1.1;
        proxy_set_header Connection $zdt_connection;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Deployment-Version $zdt_track;
        # a server that cannot be reached is left within two seconds; what takes long, or has
        # effects, is never sent twice
        proxy_connect_timeout 2s;
        proxy_read_timeout 30s;
        proxy_next_upstream error timeout;
        proxy_next_upstream_timeout 10s;
    }}
}}

# What the agent reads back.
server {{
    listen {status};
    access_log off;
    location = {path} {{
        {answer}
    }}
    location / {{ return 404; }}
}}
"""

_SPLIT = """\
# Written by zdt_traffic_agent.
map "" $zdt_split {{ default "{line}"; }}
map {source} $zdt_track {{
    default {others};{members}
}}
map $zdt_track $zdt_release {{
    default "{line.stable}";
    canary "{line.canary}";
}}
"""
_KEPT = re.compile(r'\$zdt_split \{ default "([^"]*)"')


def render(
    *,
    listen: str,
    status: str,
    split: Path,
    script: Path,
    pools: Mapping[str, Sequence[str]],
    default: str,
) -> str:
    """The configuration for ``pools`` (release → addresses), with ``default`` as the last resort.

    ``listen`` is an address, ``:80`` for any, and ``status`` one of this host; ``split`` is the
    agent's file.
    """
    head = _WITH_SCRIPT.format(script=script, split=split)
    answer = "js_content zdt.status;"
    return head + _common(listen, status, answer, pools, default)


def render_cookie(
    *, listen: str, status: str, split: Path, pools: Mapping[str, Sequence[str]], default: str
) -> str:
    """The same without njs."""
    head, live = _WITH_COOKIE.format(split=split), _LIVE.format(folder=folder(split))
    answer = live + _TELL
    return head + _common(listen, status, answer, pools, default, live)


def cookie_split(line: Line) -> str:
    """The file that `render_cookie` includes."""
    everyone = line.threshold >= buckets.STEPS
    members = f"{below(line.threshold)}$" if 0 < line.threshold < buckets.STEPS else ""
    if line.ends and line.threshold:
        source, others, members = '"$zdt_live $cookie_zdt_bucket"', "stable", f"now {members}"
    else:
        source, others = "$cookie_zdt_bucket", "canary" if everyone else "stable"
    return _SPLIT.format(
        line=line,
        source=source,
        others=others,
        members=f'\n    "~^{members}" canary;' if members else "",
    )


def kept_split(text: str) -> Line | None:
    """The line in a file of `cookie_split`."""
    found = _KEPT.search(text)
    return None if found is None else Line.parse(found[1])


def _common(
    listen: str,
    status: str,
    answer: str,
    pools: Mapping[str, Sequence[str]],
    default: str,
    live: str = "",
) -> str:
    names = {release: f"release_{number}" for number, release in enumerate(pools)}
    address = listen.removeprefix(":")  # nginx knows a port alone
    known = [f'"{release}" {name};' for release, name in names.items()]
    return "".join(
        (
            _map("$zdt_release", "$zdt_pool", f"default {names[default]};", *known),
            _map('""', "$zdt_pools", f'default "{" ".join(pools)}";'),
            _map("$http_upgrade", "$zdt_connection", "default upgrade;", '"" "";'),
            *(_upstream(name, release, pools) for release, name in names.items()),
            _SERVERS.format(
                listen=address, status=status, path=STATUS_PATH, answer=answer, live=live
            ),
        )
    )


def _map(source: str, target: str, *lines: str) -> str:
    return "\n".join([f"map {source} {target} {{", *(f"    {line}" for line in lines), "}\n"])


def _upstream(name: str, release: str, pools: Mapping[str, Sequence[str]]) -> str:
    """A release's servers; those of others serve where none of them can be reached."""
    own = [f"server {address} max_fails=2 fail_timeout=5s;" for address in pools[release]]
    others = [
        f"server {address} backup;"
        for other, addresses in pools.items()
        if other != release
        for address in addresses
    ]
    lines = [*own, *others, "keepalive 32;", "keepalive_timeout 1s;"]
    return "\n".join([f"\nupstream {name} {{", *(f"    {line}" for line in lines), "}\n"])
