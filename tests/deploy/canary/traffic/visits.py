"""Visits to a proxy in front of `proxies.releases`: many at once, or without a pause."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

ANSWER = re.compile(rb"\r\n\r\n(\d\.0 (?:stable|canary|none))")
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")
PER_CONNECTION, AT_ONCE = 1000, 100
"""nginx closes a connection after 1000 requests; so many are sent before answers are read."""


def ask(address: tuple[str, int], cookies: Iterable[str], extra: str = "") -> list[str]:
    """What is answered to one GET with each of ``cookies``, such as ``"1.0 stable"``."""
    asked = list(cookies)
    parts = [asked[at : at + PER_CONNECTION] for at in range(0, len(asked), PER_CONNECTION)]
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(lambda part: _ask(address, part, extra), parts)
        return [each for part in answers for each in part]


def _ask(address: tuple[str, int], cookies: list[str], extra: str) -> list[str]:
    found: list[str] = []
    with socket.create_connection(address, timeout=30) as line:
        for at in range(0, len(cookies), AT_ONCE):
            part = cookies[at : at + AT_ONCE]
            line.sendall(
                "".join(
                    f"GET / HTTP/1.1\r\nHost: shop\r\nCookie: {each}\r\n{extra}\r\n"
                    for each in part
                ).encode()
            )
            text, answers = b"", []
            while len(answers) < len(part):
                piece = line.recv(1 << 20)
                assert piece, f"closed after {len(found) + len(answers)} answers: {text[-300:]!r}"
                text += piece
                answers = ANSWER.findall(text)
            found += (each.decode() for each in answers)
    return found


class Visits:
    """Threads that ask without a pause, each on a connection of its own, as browsers do.

    A connection that is closed before the first byte of an answer is opened again once, and
    counted as ``reopened``; anything else but a good answer is ``failed``.
    """

    def __init__(self, address: tuple[str, int], cookies: list[str], threads: int = 4) -> None:
        self.address, self.cookies = address, cookies
        self.answered, self.reopened = 0, 0
        self.seen: dict[str, int] = {}
        self.failed: list[str] = []
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._visit, args=(n,)) for n in range(threads)]

    def _visit(self, number: int) -> None:
        line, at = None, number
        while not self._end.is_set():
            at += 1
            cookie = self.cookies[at % len(self.cookies)]
            raw = f"GET / HTTP/1.1\r\nHost: shop\r\nCookie: {cookie}\r\n\r\n".encode()
            fresh = line is None
            try:
                if line is None:
                    line = socket.create_connection(self.address, timeout=10)
                answer = self._exchange(line, raw)
            except OSError as error:
                answer = f"{type(error).__name__}".encode()
            found = ANSWER.search(answer)
            closes = b"onnection: close" in answer
            with self._lock:
                if found and answer.startswith(b"HTTP/1.1 200"):
                    self.answered += 1
                    text = found[1].decode()
                    self.seen[text] = self.seen.get(text, 0) + 1
                elif not fresh and (answer in (b"", b"ConnectionResetError", b"BrokenPipeError")):
                    self.reopened += 1
                else:
                    self.failed.append(repr(answer[:200]))
            if closes or not found:
                line.close() if line else None
                line = None
        if line:
            line.close()

    def _exchange(self, line: socket.socket, raw: bytes) -> bytes:
        """The whole answer, or what there was of it."""
        line.sendall(raw)
        text, whole = b"", None
        while whole is None or len(text) < whole:
            piece = line.recv(65536)
            if not piece:
                break
            text += piece
            if whole is None and (head := LENGTH.search(text)) and b"\r\n\r\n" in text:
                whole = text.index(b"\r\n\r\n") + 4 + int(head[1])
        return text

    def __enter__(self) -> Visits:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(20)
