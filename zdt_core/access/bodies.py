"""Reading the JSON object of a request, however badly it is made."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from zdt_core.access.problems import Problem

MOST_BYTES = 100_000
JSON = "application/json"


def read(request: HttpRequest) -> dict[str, Any]:
    """The object of the body, {} where there is none.

    Raises Problem: 413 "body_too_large", 415 "body_not_json_type", 400 "body_unreadable" and
    "body_not_an_object".
    """
    content = _bytes(request)
    if not content.strip():
        return {}
    if request.content_type != JSON:
        kind = (request.content_type or "")[:80]
        problem = Problem.of(415, "body_not_json_type", type=kind)
        problem.headers["Accept-Post"] = JSON
        raise problem
    found = _parsed(content)
    if not isinstance(found, dict):
        raise Problem.of(400, "body_not_an_object")
    return found


def _bytes(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not str(length).isdecimal() or int(str(length)[:12]) > MOST_BYTES:
        raise Problem.of(413, "body_too_large", most=MOST_BYTES)
    try:
        content = request.body
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise Problem.of(413, "body_too_large", most=MOST_BYTES) from error
    if len(content) > MOST_BYTES:
        raise Problem.of(413, "body_too_large", most=MOST_BYTES)
    return content


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode(), object_pairs_hook=_object, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Problem.of(400, "body_unreadable", problem="it is no UTF-8") from error
    except RecursionError as error:
        raise Problem.of(400, "body_unreadable", problem="it is nested too deeply") from error
    except ValueError as error:
        raise Problem.of(400, "body_unreadable", problem=str(error)[:120]) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in an object")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
