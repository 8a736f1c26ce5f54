"""`manage.py zdt_traffic_agent`: keeps a proxy at the published share."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.canary.edge.pools import Pools
from zdt_deploy.canary.traffic import files, following
from zdt_deploy.canary.traffic.proxies import KINDS, Kind, Places

SOCKET = Path("/run/haproxy/zdt.sock")
SCRIPT = Path("/etc/nginx/zdt.js")
STATUS = "127.0.0.1:8099"
RELOAD = "nginx -s reload"
PARTS = ("site", "split", "script")

_POOLS = "--pool 1.0=10.0.0.1:80 --pool 2.0=10.0.0.2:80"
_CONFIGURE = f"manage.py zdt_traffic_agent configure {_POOLS}"
_FOLLOW = "manage.py zdt_traffic_agent follow --default 1.0"


class Command(ZdtCommand):
    help = (
        "Keep the HAProxy or nginx beside it at the published share, and take it to 0 % when "
        "nobody renews the share. One agent beside each proxy."
    )

    examples = f"""
{_CONFIGURE}
{_CONFIGURE} --proxy nginx
{_FOLLOW}
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser, "action")
        configure = words.add("configure", "Print the proxy's configuration.", examples=_CONFIGURE)
        configure.add_argument(
            "--part",
            choices=PARTS,
            default="site",
            help="What to print: the proxy's configuration (site), what the file that holds the "
            "split begins with (split), or nginx's script (script).",
        )
        configure.add_argument("--bind", default=":80", help="Where visitors come in (:80).")
        configure.add_argument(
            "--pool",
            action="append",
            metavar="RELEASE=HOST:PORT",
            help="A server of a release; once for each server.",
        )
        configure.add_argument(
            "--group", default="", help="The agent's group, which may use HAProxy's socket."
        )
        configure.add_argument(
            "--script", type=Path, default=SCRIPT, help=f"Where nginx finds its script ({SCRIPT})."
        )
        follow = words.add("follow", "Keep the proxy at the share until stopped.", examples=_FOLLOW)
        follow.add_argument(
            "--reload",
            default=RELOAD,
            metavar="COMMAND",
            help=f"What has nginx read its configuration again, for nginx-cookie ({RELOAD}).",
        )
        for action in (configure, follow):
            _common(action)

    def run(self, **options: Any) -> int:
        kind = KINDS[options["proxy"]]
        places = _places(kind, options)
        if options["action"] == "follow":
            if not options["default"]:
                self.fail("Name the release that serves before the first one: --default 1.0", 2)
            held = files.read(places.file)
            if held.strip() and kind.split(held) is None:
                self.fail(
                    f"{places.file} is no split of --proxy {options['proxy']}, and following would "
                    "overwrite it. Are --proxy and --file right? If nobody needs it, remove it.",
                    2,
                )
            self.say_what_is_missing()
            self.say("Following the published share; stop with Ctrl-C or SIGTERM.")
            following.follow(kind.driver(places), options["default"])
            return 0
        self.stdout.write(self._part(kind, places, options), ending="")
        return 0

    def _part(self, kind: Kind, places: Places, options: dict[str, Any]) -> str:
        if options["part"] == "script":
            if kind.script is None:
                self.fail(f"--proxy {options['proxy']} has no script.", 2)
            return kind.script.read_text()
        try:
            pools = Pools.parse(options["pool"] or ()).addresses()
        except ValueError as error:
            self.fail(str(error), 2)
        default = options["default"] or next(iter(pools), "")
        if options["part"] == "split" and default:
            return kind.first(default)
        if not pools:
            self.fail("Name the servers of each release: --pool 1.0=10.0.0.1:80", 2)
        if default not in pools:
            self.fail(f"--default {default} has no --pool.", 2)
        return kind.render(places, pools, default)


def _common(parser: CommandParser) -> None:
    parser.add_argument(
        "--proxy",
        choices=sorted(KINDS),
        default="haproxy",
        help="The proxy: nginx is one with njs, nginx-cookie one without (haproxy).",
    )
    parser.add_argument(
        "--file",
        type=Path,
        help=f"The file that holds the split ({', '.join(str(k.file) for k in KINDS.values())}).",
    )
    parser.add_argument(
        "--socket", type=Path, default=SOCKET, help=f"HAProxy's runtime socket ({SOCKET})."
    )
    parser.add_argument(
        "--status",
        type=_address,
        default=STATUS,
        metavar="HOST:PORT",
        help=f"Where nginx tells the agent what it does; of this host only ({STATUS}).",
    )
    parser.add_argument(
        "--default", metavar="RELEASE", help="Who serves before the first deployment."
    )


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no HOST:PORT.")
    return text


def _places(kind: Kind, options: dict[str, Any]) -> Places:
    """``follow`` has no address, and ``configure`` reloads nothing."""
    return Places(
        bind=options.get("bind", ""),
        file=options["file"] or kind.file,
        socket=options["socket"],
        status=options["status"],
        script=options.get("script", SCRIPT),
        reload=options.get("reload", RELOAD),
        group=options.get("group", ""),
    )
