"""Texts without what differs from one time to the next, and without secrets. No I/O.

`shape` makes two messages of one kind equal, `masked` makes one message fit to be shown.
"""

from __future__ import annotations

import re

LONGEST = 300
_READ = 1000
"""Characters that are looked at; what is longer is not told apart beyond them."""

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_PLACEHOLDER = re.compile(r"%(?:\(\w*\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z%]")
_WORD = re.compile(r"[^\W\d_]{2}")
_TELLING = (
    r"pass(?:word|wd|phrase|code)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|"
    r"authorization|auth|credential|session(?:id)?|cookie|csrf\w*|signature|otp|pin|cvv|card\w*|"
    r"iban|ssn"
)
_HOOKS = (
    r"\bhooks\.slack(?:-gov)?\.com/|\bdiscord(?:app)?\.com/api/webhooks/|"
    r"\.webhook\.office\.com/|\bhooks\.zapier\.com/|\bchat\.googleapis\.com/v1/spaces/"
)
"""Addresses to post to, whose paths are secrets."""

_NAMED = (
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{6,}"), r"\1 ***"),
    (
        re.compile(
            rf"(?i)(?<![\w-])([\w-]*(?:{_TELLING})[\w-]*[\"']?\s*[=:]\s*)"
            r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)"
        ),
        r"\1***",
    ),
    (re.compile(r"\b(\w+://)[^/\s:@]*:[^\s\"']*@"), r"\1***@"),  # redis:// has no user
    (re.compile(r"\b(\w+://)[^/\s@\"']+@"), r"\1***@"),
    (re.compile(rf"({_HOOKS})[^\s\"']+"), r"\1***"),
    (re.compile(r"([?&][\w.-]+=)[^&\s\"']+"), r"\1***"),
    (re.compile(r"(\([\w\", ]+\)=\()[^)]*\)"), r"\1***)"),  # PostgreSQL's “Key (a)=(b)”
)
"""Secrets by the name that stands before them."""

_MARKED = (
    (re.compile(r"\bA[A-Z]{2}A[A-Z0-9]{16}\b"), "***"),  # AWS
    (re.compile(r"\bxox[a-z]-[\w-]{6,}"), "***"),  # Slack
    (re.compile(r"\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), "***"),  # IBAN
    (re.compile(r"\b[A-Za-z]{2}\d{13,32}\b"), "***"),
)
"""Secrets and accounts by how they begin."""

_LOOKING = (
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"), "***@***"),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-zA-Z])[\w-]{24,}\b"), "***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (re.compile(r"\b\d(?:[ -]?\d){11,18}\b"), "***"),
)
"""Secrets by what they look like."""

_SHAPES = (
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"), "‹mail›"),
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "‹uuid›"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "‹hex›"),
    (re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|“[^”]*”|`[^`]*`"), "‹text›"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "‹token›"),
    (re.compile(r"(?<![\w-])(?=[a-zA-Z_-]*\d)[\w-]{20,}\b"), "‹token›"),
    (re.compile(r"\b(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}\b"), "‹hex›"),
    (re.compile(r"\d+(?:[.,:]\d+)*"), "‹n›"),
)


def shape(text: str) -> str:
    """The first line of ``text`` with placeholders for numbers, ids, mails and quoted values, and
    *** for what is named as a secret."""
    return _replaced(text, *_NAMED, *_MARKED, *_SHAPES)


def masked(text: str) -> str:
    """The first line of ``text`` with *** for what looks like a secret, a mail or a card."""
    return _replaced(text, *_NAMED, *_MARKED, *_LOOKING)


def says_nothing(template: str) -> bool:
    """Whether a template such as "%s: %s" leaves all words to its arguments."""
    return not _WORD.search(_PLACEHOLDER.sub("", template[:_READ]))


def plain(text: str) -> str:
    """``text`` without characters that a store refuses or a terminal obeys."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def _replaced(text: str, *steps: tuple[re.Pattern[str], str]) -> str:
    found = plain(text.strip()[:_READ].partition("\n")[0].rstrip())
    for pattern, placeholder in steps:
        found = pattern.sub(placeholder, found)
    return found[:LONGEST]
