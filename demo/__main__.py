"""Tells the story of a release on the sample shop: ``python -m demo``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

RATE, VISITORS = 125.0, 300


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="A column that is renamed, a bad release that goes back by itself, a good one "
        "that reaches everyone, all under load. Afterwards everything keeps running until Ctrl-C.",
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="end after the story: exit code 0 if no request failed, the bad release was rolled "
        "back, the good one reached everyone and the column was renamed, else 1",
    )
    parser.add_argument(
        "--fault", choices=("errors", "latency"), default="errors", help="what is bad about it"
    )
    parser.add_argument(
        "--edge",
        choices=("auto", "own", "haproxy"),
        default="auto",
        help="what splits the visitors; auto is HAProxy where it is installed",
    )
    parser.add_argument("--rate", type=positive, default=RATE, help="requests a second at most")
    parser.add_argument("--visitors", type=int, default=VISITORS, help="visitors at a time")
    parser.add_argument(
        "--port", type=int, default=0, help="the shop's port; a free one if left out"
    )
    parser.add_argument("--console-port", type=int, default=0, help="the console's port, likewise")
    return parser.parse_args(arguments)


def positive(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise ValueError(text)
    return number


def main() -> int:
    options = parse()
    from demo.story.play import play  # late, so that --help needs nothing

    return play(options)


if __name__ == "__main__":
    sys.exit(main())
