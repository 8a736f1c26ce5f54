"""What zdt's management commands share; `docs/how-to/command-line.md` says it to users.

`ZdtCommand` gives a command `--json`, exit codes, errors of one line that say what to do, colours
and progress. Exit codes: 0 done or true, 1 refused or false, 2 wrong usage or a broken
environment, 130 interrupted, 141 the reader of its output left.
"""

from zdt_core.commands.base import ZdtCommand
from zdt_core.commands.progress import Progress

__all__ = ["Progress", "ZdtCommand"]
