"""Server processes that end with the keeper, whatever ends it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from demo.services.account import Account
from demo.services.errors import explained

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.01


def spawn(
    command: Sequence[str | Path], *, log: Path, farewell: signal.Signals, account: Account
) -> subprocess.Popen[bytes]:
    """Start a server whose output goes to ``log``.

    On Linux the kernel sends it ``farewell`` when this process dies. The order matters:
    changing the user clears that wish, and `subprocess` calls ``preexec_fn`` after the change.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=environment(),
            preexec_fn=tied_to_us(farewell),
            **account.options,
        )


def environment() -> dict[str, str]:
    """What a server may see of ours: no PGPORT, no PGDATA, no locale."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def await_ready(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], *, log: Path, name: str
) -> None:
    """Return when ``ready()``; raise with the end of ``log`` if the process ends or takes 60 s."""
    deadline = time.monotonic() + 60
    while not ready():
        if process.poll() is not None:
            raise explained(f"{name} did not start.", _words(log), log.parent)
        if time.monotonic() > deadline:
            finish(process, signal.SIGKILL)
            raise explained(f"{name} was not ready after 60 seconds.", _words(log), log.parent)
        time.sleep(POLL_SECONDS)


def finish(process: subprocess.Popen[bytes], how: signal.Signals, seconds: float = 10) -> None:
    """Ask a server to end, wait, and kill it when it does not listen."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(command: Sequence[str | Path], *, account: Account, what: str, place: Path) -> str:
    """Run a program to its end and return its output; raise with the cure if it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            cwd="/",
            env=environment(),
            text=True,
            errors="replace",
            **account.options,
        )
    except OSError as error:
        raise explained(what, str(error), place) from error
    if done.returncode:
        raise explained(what, done.stdout or f"exit code {done.returncode}", place)
    return done.stdout


def _words(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""


def tied_to_us(farewell: signal.Signals) -> Callable[[], None] | None:
    """A ``preexec_fn`` by which a child is sent ``farewell`` when we die, where Linux runs it.

    It holds for the thread that starts the child: start children from the main thread.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    keeper = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)
        if os.getppid() != keeper:  # it died before we could ask
            os._exit(1)

    return tie
