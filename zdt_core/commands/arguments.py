"""Options that mean the same wherever they occur."""

from __future__ import annotations

import argparse


def reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", default="", metavar="TEXT", help="Why, for the record.")


def place(parser: argparse.ArgumentParser) -> None:
    """Where: both default to what this process is."""
    parser.add_argument("--service", metavar="NAME", help="The service; ZDT_SERVICE by default.")
    parser.add_argument(
        "--environment", metavar="NAME", help="The environment; ZDT_ENVIRONMENT by default."
    )


def limit(parser: argparse.ArgumentParser, default: int) -> None:
    parser.add_argument(
        "--limit",
        type=_how_many,
        default=default,
        metavar="N",
        help=f"How many at most; {default} by default.",
    )


def _how_many(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**31:
        return int(text)
    raise argparse.ArgumentTypeError(f"it must be a whole number from 1 up, not {text!r}")
