"""Answers of servers that are wrong, broken or not what they should be."""

import json

KEY = "hush-hush-key"
"""A secret that every source is given, and that hostile servers tell on."""

NOT_JSON = {
    "a page of a proxy": b"<html><body>Please log in</body></html>",
    "nothing": b"",
    "half an answer": b'{"data": {"attributes": {"ser',
    "no text": b"\xff\xfe\x00",
    "a deep well": b"[" * 200_000,
    "a very long number": b'{"data": ' + b"9" * 10_000 + b"}",
}
OTHER_JSON = {
    "null": None,
    "a number": 7,
    "a text": KEY,
    "a list": [1, 2],
    "an object": {},
    "an object of nulls": {"data": None, "series": None, "status": None, "errors": None},
    "an object of texts": {"data": "x", "series": "x", "status": "x"},
    "an object of lists": {"data": [], "series": [[]], "errors": []},
}
STATUSES = {
    "redirected": 302, "not allowed in": 401, "not allowed": 403, "lost": 404, "too often": 429,
    "broken": 500, "busy": 503,
}  # fmt: skip


def answers():
    """Everything by name: ``(status, body)``; refusals tell what they were asked with."""
    tell_tale = json.dumps({"error": f"bad key {KEY}", "errors": [KEY]}).encode()
    found = {name: (200, body) for name, body in NOT_JSON.items()}
    found |= {name: (200, json.dumps(said).encode()) for name, said in OTHER_JSON.items()}
    found |= {name: (status, tell_tale) for name, status in STATUSES.items()}
    found["10 MB"] = (200, b'{"data": "' + b"x" * 10_000_000 + b'"}')
    return found


ANSWERS = answers()
NO_COUNTS = (float("nan"), float("inf"), float("-inf"), -1, "12", "lots", True, [], {})
"""What nothing was ever counted as; NaN and Infinity are written as Python's json writes them."""


def keeps_quiet(source, told, *logged):
    """Whether the key is neither in what the source told nor in anything that shows it."""
    shown = [told, repr(source), str(source), repr(vars(source)), *logged]
    return not any(KEY in text for text in shown)
