"""Turns the codes of verdicts and refusals into text for people.

Rules and gates answer with a code and parameters, which is what gets stored. Each app registers
its sentences here from a ``messages.py`` of its own, so that wording and translation stay at the
edge. A parameter ``cause`` is itself a code, with its own parameters in ``cause_params``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_sentences: dict[str, Any] = {}


def register(sentences: Mapping[str, Any]) -> None:
    """Add ``{code: sentence}``; a sentence holds ``{name}`` fields and may be lazily translated.

    Raises ValueError for a code that has another sentence: one of the two would be told in the
    other's place.
    """
    for code, sentence in sentences.items():
        if _sentences.setdefault(code, sentence) is not sentence:
            raise ValueError(f"The code “{code}” has a sentence already; give this one another.")


def registered() -> dict[str, Any]:
    """Every sentence by its code."""
    return {code: _sentences[code] for code in sorted(_sentences)}


def text(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The sentence for ``code``. An unknown code or a missing field still yields readable text."""
    if not code:
        return ""
    sentence = _sentences.get(code)
    if sentence is None:
        facts = ", ".join(f"{name}={value}" for name, value in (params or {}).items())
        return f"{code} ({facts})" if facts else code
    fields = _Fields(params or {})
    if isinstance(cause := fields.get("cause"), str):
        fields["cause"] = text(cause, fields.get("cause_params"))
    return str(sentence).format_map(fields)


class _Fields(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return "–" if value is None else value

    def __missing__(self, name: str) -> str:
        return f"({name} unknown)"
