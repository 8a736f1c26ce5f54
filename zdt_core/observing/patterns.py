"""Log records of one kind: which logger, which exception, and where in the project's code.

Line numbers and folders differ from release to release, so that neither is part of a pattern.
"""

from __future__ import annotations

import json
import logging
import sysconfig
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2s
from types import FrameType, TracebackType

from django.conf import settings

from zdt_core.observing import wording

_NOT_OURS = ("/site-packages/", "/dist-packages/", "<frozen ", "<string>")
_ZDT = ("zdt_core", "zdt_deploy", "zdt_flags", "zdt_audit")


@dataclass(frozen=True)
class Pattern:
    """``where`` is ``module.function``, "" for a record without an exception. ``sample`` is one
    message, masked; it tells nothing apart."""

    logger: str
    level: str
    text: str
    where: str = ""
    sample: str = field(default="", compare=False)

    @cached_property
    def id(self) -> str:
        return identify("error", self.logger, self.level, self.text, self.where)

    @cached_property
    def words(self) -> str:
        return json.dumps({"kind": "error", **asdict(self)}, ensure_ascii=False)


def identify(*parts: str) -> str:
    """12 hex digits, the same in every process."""
    return blake2s("\0".join(parts).encode(errors="replace"), digest_size=6).hexdigest()


def of_record(record: logging.LogRecord, *, with_sample: bool) -> Pattern:
    """The pattern that ``record`` belongs to."""
    kind, error, trace = record.exc_info or (None, None, None)
    if kind is None:
        text, where = wording.shape(_said(lambda: _template(record))), ""
        said = _said(record.getMessage)
    else:
        text, where = _name_of(kind), _where(trace)
        said = f"{text}: {_said(lambda: str(error))}"
    sample = wording.masked(said) if with_sample else ""
    logger, level = wording.plain(record.name[:100]), wording.plain(record.levelname[:20])
    return Pattern(logger, level, text, wording.plain(where), sample)


def _template(record: logging.LogRecord) -> str:
    """What tells its kind; of a template without a word that is its first argument."""
    template = str(record.msg)
    if not record.args or not wording.says_nothing(template):
        return template
    return str(record.args[0]) if isinstance(record.args, tuple) else record.getMessage()


def _said(say: Callable[[], str]) -> str:
    """What it says, where it can say it: arguments may be fewer than its placeholders."""
    try:
        return say()
    except Exception as error:
        return f"({type(error).__name__})"


def _name_of(kind: type[BaseException]) -> str:
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _where(trace: TracebackType | None) -> str:
    """The innermost frame in the project; where there is none, the innermost of all."""
    innermost = ours = None
    while trace is not None:
        innermost = trace.tb_frame
        if _is_ours(innermost.f_code.co_filename, str(innermost.f_globals.get("__name__", ""))):
            ours = innermost
        trace = trace.tb_next
    frame = ours or innermost
    return "" if frame is None else _place(frame)


def _place(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_qualname}"[:200]


@lru_cache(maxsize=2000)
def _is_ours(filename: str, module: str) -> bool:
    package = module.partition(".")[0]
    if package in _ZDT:
        return False
    if package and package == str(settings.ROOT_URLCONF).partition(".")[0]:
        return True
    path = filename.replace("\\", "/")
    return not path.startswith(_stdlib()) and not any(part in path for part in _NOT_OURS)


@lru_cache(maxsize=1)
def _stdlib() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(paths[name].replace("\\", "/") for name in ("stdlib", "platstdlib"))
