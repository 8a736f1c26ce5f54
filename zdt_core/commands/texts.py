"""Texts of the help, and texts that are none."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from zdt_core.commands.failures import Failed

EXIT_CODES = "exit codes: 0 done or true, 1 refused or false, 2 wrong usage or broken environment"


def epilog(examples: str) -> str | None:
    """The end of the help: examples as they are typed, and the exit codes."""
    lines = [f"  {line.strip()}" for line in examples.strip("\n").splitlines()]
    return "\n".join(["examples:", *lines, "", EXIT_CODES]) if examples.strip() else None


def json_help(answers: str) -> str:
    return _("Print one JSON object: %s.") % answers


def never_fail_on_a_letter(*streams: Any) -> None:
    """A terminal that lacks a letter shows a question mark."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def refuse_what_is_no_text(options: Mapping[str, Any]) -> None:
    """Raises Failed for NUL and for bytes that are no UTF-8: no table could hold them."""
    for name, value in options.items():
        for text in _texts(value):
            if "\0" in text or not _is_utf8(text):
                shown = name.replace("_", "-")
                raise Failed(
                    _("--%s holds bytes that are no text. Type it again.") % shown, "usage", 2
                )


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)):
        return [each for each in value if isinstance(each, str)]
    return []


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
