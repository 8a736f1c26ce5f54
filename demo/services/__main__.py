"""`python -m demo.services COMMAND [ARGUMENTS]`: run a command with services of its own.

The command finds them by DATABASE_URL and REDIS_URL; whichever was given is used as it is.
"""

import os
import signal
import subprocess
import sys

from demo.services import Services, ServicesError
from demo.services.children import tied_to_us


def main(command: list[str]) -> int:
    """The command's exit code; 2 if there is no command or there are no services."""
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with Services():
            return _run(command)
    except ServicesError as error:
        print(error, file=sys.stderr)
        return 2


def _run(command: list[str]) -> int:
    """Ctrl-C is the command's to answer: the terminal sends it to both of us."""
    child = subprocess.Popen(command, env=os.environ, preexec_fn=tied_to_us(signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_signal: child.terminate())
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
