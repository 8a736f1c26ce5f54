"""HAProxy's configuration for a site's edge. No I/O.

HAProxy works out the same fine bucket as `zdt_core.buckets`: the md5 of the id in `zdt_id`, which
is all before the last dot. The split itself is one line of a map (see `line`), which the agent
changes at run time, so one change moves threshold and releases together. HAProxy compares its end
with its own clock on each request: an agent that has died sends nobody anywhere::

    now 5000|1.0|2.0|1790000000
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from zdt_core import buckets
from zdt_deploy.canary.traffic.line import Line

KEY = "now"
_CHECKED, _UNCHECKED = "release_", "unchecked_"

_HEAD = """\
global
  stats socket {socket} {access} level admin
  hard-stop-after 30s
defaults
  mode http
  timeout connect 2s
  timeout client 75s
  timeout server 30s
  timeout http-keep-alive 75s
  timeout check 2s
  retries 2
  retry-on conn-failure empty-response
  option redispatch 1
  option forwardfor
  default-server inter 500ms fall 2 rise 1 pool-purge-delay 2s

frontend site
  bind {bind}
  http-request del-header ^x[-_](deployment[-_]version$|zdt) -m reg
  http-request set-header X-Forwarded-Proto http
  # what has effects is never sent twice
  http-request disable-l7-retry unless {{ method GET HEAD OPTIONS }}

  http-request set-var(txn.route) str({key}),map_str({map})
  http-request set-var(txn.threshold) var(txn.route),field(1,|),add(0)
  http-request set-var(txn.stable) var(txn.route),field(2,|)
  http-request set-var(txn.canary) var(txn.route),field(3,|)
  http-request set-var(txn.until) var(txn.route),field(4,|),add(0)
  acl valid date,sub(txn.until) lt 0
  http-request set-var(txn.threshold) int(0) unless valid

  acl has_id req.cook(zdt_id) -m reg ^.+[.]
  http-request set-var(txn.id) req.cook(zdt_id),regsub([.][^.]*$,)
  http-request set-var(txn.hash) var(txn.id),digest(md5),bytes(0,4),hex,hex2i
  http-request set-var(txn.coarse) var(txn.hash),mod(100),mul(1000)
  http-request set-var(txn.fine) var(txn.hash),div(100),mod(1000),add(txn.coarse)
  http-request set-var(txn.beyond) var(txn.fine),sub(txn.threshold)

  acl everyone var(txn.threshold) -m int ge {steps}
  acl inside var(txn.beyond) -m int lt 0
  http-request set-var(txn.track) str(stable)
  http-request set-var(txn.track) str(canary) if everyone
  http-request set-var(txn.track) str(canary) if has_id inside
  http-request set-header X-Deployment-Version %[var(txn.track)]
  acl canary var(txn.track) -m str canary
  http-request set-var(txn.first) var(txn.stable)
  http-request set-var(txn.second) var(txn.canary)
  http-request set-var(txn.first) var(txn.canary) if canary
  http-request set-var(txn.second) var(txn.stable) if canary
"""


def render(
    *,
    bind: str,
    socket: Path,
    map_file: Path,
    pools: Mapping[str, Sequence[str]],
    default: str,
    group: str = "",
) -> str:
    """The configuration for ``pools`` (release → addresses), with ``default`` as the last resort.

    ``bind`` is an address or ``fd@N``; ``group`` may use the socket, beside its owner.
    """
    access = f"group {group} mode 660" if group else "mode 600"
    text = _HEAD.format(
        socket=socket, access=access, bind=bind, map=map_file, key=KEY, steps=buckets.STEPS
    )
    for which in ("first", "second"):
        for release in pools:
            name = _name(_CHECKED, release)
            text += (
                f"  use_backend {name} if {{ var(txn.{which}) -m str {release} }}"
                f" {{ nbsrv({name}) ge 1 }}\n"
            )
    # checks that fail everywhere say more about the machine than about the servers
    for release in pools:
        name = _name(_UNCHECKED, release)
        text += f"  use_backend {name} if {{ var(txn.first) -m str {release} }}\n"
    text += f"  default_backend {_name(_CHECKED, default)}\n"
    for release, addresses in pools.items():
        text += _backend(_name(_CHECKED, release), addresses)
        text += _unchecked(_name(_UNCHECKED, release), addresses)
    return text


def map_text(line: Line) -> str:
    return f"{KEY} {line}\n"


def kept_line(text: str) -> Line | None:
    """The line in a map of `map_text`."""
    key, _, line = text.partition(" ")
    return Line.parse(line) if key == KEY else None


def releases(backends: str) -> frozenset[str]:
    """The releases that HAProxy has a pool for, from its answer to ``show backend``."""
    names = (line.strip() for line in backends.splitlines())
    return frozenset(
        name.removeprefix(_CHECKED).replace(":", "+") for name in names if name.startswith(_CHECKED)
    )


def _name(prefix: str, release: str) -> str:
    """A backend's name: HAProxy takes all that a release's name may have but the plus."""
    return prefix + release.replace("+", ":")


def _backend(name: str, addresses: Sequence[str]) -> str:
    return _lines(
        f"backend {name}",
        "option httpchk",
        "http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host edge-check",
        "http-check expect status 200",
        *(f"server s{number} {address} check" for number, address in enumerate(addresses)),
    )


def _unchecked(name: str, addresses: Sequence[str]) -> str:
    return _lines(
        f"backend {name}",
        *(f"server s{number} {address}" for number, address in enumerate(addresses)),
    )


def _lines(head: str, *lines: str) -> str:
    return "\n".join(["", head, *(f"  {line}" for line in lines)]) + "\n"
