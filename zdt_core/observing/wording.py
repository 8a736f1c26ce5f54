"""Texts without what differs from one time to the next, and without secrets. No I/O.

`shape` makes two messages of one kind equal, `masked` makes one message fit to be shown.
"""

from __future__ import annotations

import re

LONGEST = 300
_READ = 2000
"""Characters that are looked at; what is longer is not told apart beyond them."""

_SHAPES = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "‹mail›"),
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "‹uuid›"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "‹hex›"),
    (re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|“[^”]*”|`[^`]*`"), "‹text›"),
    (re.compile(r"\b(?=[a-zA-Z_-]*\d)[\w-]{20,}\b"), "‹token›"),
    (re.compile(r"\b(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}\b"), "‹hex›"),
    (re.compile(r"\d+(?:[.,:]\d+)*"), "‹n›"),
)
_TELLING = (
    r"pass(?:word|wd|phrase|code)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|"
    r"authorization|auth|credential|session(?:id)?|cookie|csrf\w*|signature|otp|pin|cvv|card\w*|"
    r"iban|ssn"
)
_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{6,}"), r"\1 ***"),
    (
        re.compile(
            rf"(?i)([\w-]*(?:{_TELLING})[\w-]*[\"']?\s*[=:]\s*)"
            r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)"
        ),
        r"\1***",
    ),
    (re.compile(r"(\w+://)[^/\s:@]+:[^/\s@]+@"), r"\1***@"),
    (re.compile(r"([?&][\w.-]+=)[^&\s\"']+"), r"\1***"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "***@***"),
    (re.compile(r"(\([\w\", ]+\)=\()[^)]*\)"), r"\1***)"),  # PostgreSQL's “Key (a)=(b)”
    (re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[a-zA-Z])[\w-]{24,}\b"), "***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (re.compile(r"\b\d(?:[ -]?\d){11,18}\b"), "***"),
)


def shape(text: str) -> str:
    """The first line of ``text`` with placeholders for numbers, ids, mails and quoted values."""
    found = _first_line(text)
    for pattern, placeholder in _SHAPES:
        found = pattern.sub(placeholder, found)
    return found[:LONGEST]


def masked(text: str) -> str:
    """The first line of ``text`` with *** for what looks like a secret, a mail or a card."""
    found = _first_line(text)
    for pattern, placeholder in _SECRETS:
        found = pattern.sub(placeholder, found)
    return found[:LONGEST]


def _first_line(text: str) -> str:
    return text.strip()[:_READ].partition("\n")[0].rstrip()
