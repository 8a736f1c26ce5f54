"""Plays a page as a reader would: saves its files and types its commands into one shell."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.docs.snippets import Page, Snippet, commands, says

_FILE = re.compile(r"<!-- (file|append): (\S+) -->\s*\Z")
_UNTIL = re.compile(r"<!-- wait until: .+ -->\s*\Z")
_MARK = "typed-and-done"


class Terminal:
    """One bash in ``folder``. Whatever it starts ends with it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            for log in sorted(self.folder.glob("*.log")):
                error.add_note(f"--- {log.name}\n{log.read_text()[-2000:]}")
        os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.communicate()

    def type(self, line: str, within: float = 40.0) -> tuple[int, str]:
        """The exit code and the output of a line."""
        assert self._bash.stdin is not None
        self._bash.stdin.write(f"{line}\nprintf '\\n{_MARK} %s\\n' $?\n".encode())
        self._bash.stdin.flush()
        output = self._until_mark(line, within)
        text, _mark, code = output.rpartition(f"\n{_MARK} ")
        return int(code), text

    def _until_mark(self, line: str, within: float) -> str:
        assert self._bash.stdout is not None
        deadline, output = time.monotonic() + within, b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._bash.stdout, selectors.EVENT_READ)
            while not re.search(rf"\n{_MARK} \d+\n\Z".encode(), output):
                left = deadline - time.monotonic()
                ready = selector.select(max(left, 0))
                assert ready, f"`{line}` did not end within {within:.0f} s:\n{output!r}"
                output += os.read(self._bash.stdout.fileno(), 65536)
        return output.decode()


def play(page: Page, terminal: Terminal, ports: Mapping[str, int]) -> None:
    """Save each file and type each command of ``page``, in its order.

    ``ports`` replaces the page's ports, which may be taken on the machine of the tests. The lines
    below a command are its output, with … for what differs each time.
    """
    text = page.path.read_text()
    for snippet in page.snippets:
        before = text[: _start(text, snippet)]
        code = re.sub(r":(80\d\d)\b", lambda found: f":{ports[found[1]]}", snippet.code)
        if snippet.not_run:
            continue
        if target := _FILE.search(before):
            assert target[2] in _sentence(before), f"The text does not name {target[2]}."
            path = terminal.folder / target[2]
            path.write_text((path.read_text() if target[1] == "append" else "") + code)
        elif snippet.language == "console":
            _type_all(snippet, code, terminal, patient=bool(_UNTIL.search(before)))


def _start(text: str, snippet: Snippet) -> int:
    """Where the fence of ``snippet`` begins."""
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: snippet.line - 2]))


def _sentence(before: str) -> str:
    """The last paragraph before the marker."""
    return before[: before.rfind("<!--")].rstrip().rpartition("\n\n")[2]


def _type_all(snippet: Snippet, code: str, terminal: Terminal, *, patient: bool) -> None:
    for command, shown in commands(code):
        deadline = time.monotonic() + (60 if patient else 0)
        while True:
            exit_code, output = terminal.type(command)
            if exit_code == 0 and says(output, shown):
                break
            at = f"{snippet.page.name}:{snippet.line}"
            assert time.monotonic() < deadline, (
                f"{at}: `{command}` ended with {exit_code} and said\n{output}\ninstead of\n{shown}"
            )
            time.sleep(1)  # each look costs a process, and what it waits for is starting processes
