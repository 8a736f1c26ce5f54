"""`manage.py zdt_traffic_agent`: keeps a proxy at the published share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.canary.edge.pools import Pools
from zdt_deploy.canary.traffic.haproxy import configuration, following

SOCKET = Path("/run/haproxy/zdt.sock")
MAP = Path("/etc/haproxy/zdt.map")

_CONFIGURE = "manage.py zdt_traffic_agent configure --pool 1.0=10.0.0.1:80 --pool 2.0=10.0.0.2:80"
_FOLLOW = "manage.py zdt_traffic_agent follow --default 1.0"


class Command(ZdtCommand):
    help = (
        "Keep the HAProxy beside it at the published share, and take it to 0 % when nobody renews "
        "the share. One agent beside each HAProxy."
    )

    examples = f"""
{_CONFIGURE}
{_FOLLOW}
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser, "action")
        configure = words.add("configure", "Print HAProxy's configuration.", examples=_CONFIGURE)
        configure.add_argument("--bind", default=":80", help="Where visitors come in (:80).")
        configure.add_argument(
            "--pool",
            action="append",
            required=True,
            metavar="RELEASE=HOST:PORT",
            help="A server of a release; once for each server.",
        )
        follow = words.add(
            "follow", "Write the share into HAProxy until stopped.", examples=_FOLLOW
        )
        for action in (configure, follow):
            _common(action)

    def run(self, **options: Any) -> int:
        files = {"socket": options["socket"], "map_file": options["map"]}
        if options["action"] == "follow":
            if not options["default"]:
                self.fail("Name the release that serves before the first one: --default 1.0", 2)
            self.say_what_is_missing()
            self.say("Following the published share; stop with Ctrl-C or SIGTERM.")
            following.follow(**files, default=options["default"])
            return 0
        try:
            pools = Pools.parse(options["pool"]).addresses()
        except ValueError as error:
            self.fail(str(error), 2)
        default = options["default"] or next(iter(pools))
        if default not in pools:
            self.fail(f"--default {default} has no --pool.", 2)
        text = configuration.render(bind=options["bind"], pools=pools, default=default, **files)
        self.stdout.write(text)
        return 0


def _common(parser: CommandParser) -> None:
    parser.add_argument(
        "--socket", type=Path, default=SOCKET, help=f"HAProxy's runtime socket ({SOCKET})."
    )
    parser.add_argument(
        "--map", type=Path, default=MAP, help=f"The map that holds the split ({MAP})."
    )
    parser.add_argument(
        "--default", metavar="RELEASE", help="Who serves before the first deployment."
    )
