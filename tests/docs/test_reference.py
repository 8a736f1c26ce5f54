"""All that the code offers is in the reference, found by another way than the reference's own."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from docs.sphinx import reference
from tests.docs.snippets import ROOT
from zdt_core import exceptions, kinds, messages

APPS = ("zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit")
NO_EVENTS = {  # notifications, chores and the like, which look like kinds of events
    "deployment.advance", "deployment.stuck", "deployment.blind", "deployment.not_rolled_back",
    "deployment.not_advanced", "deployment.unjudged", "schema.contract", "deployment.start",
}  # fmt: skip


@cache
def sources() -> list[tuple[Path, str]]:
    return [
        (path, path.read_text())
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    ]


@cache
def calls(text: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]


def first_text(call: ast.Call) -> str | None:
    """The call's first argument, where it is a plain text."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


@pytest.mark.parametrize("part", reference.PARTS)
def test_no_part_is_empty_or_says_none(part):
    text = reference.PARTS[part]()

    assert text.count("\n") > 2
    assert "| None |" not in text


def test_every_setting_is_there():
    found = {
        f"ZDT_{name}"
        for path, text in sources()
        for name in re.findall(r"^    ([A-Z_]+) = Setting[\[(]", text, re.M)
        if path.name == "conf.py"
    }

    assert len(found) > 50
    assert {name for name in found if f"| `{name}` |" not in reference.settings()} == set()


def test_every_command_is_there():
    found = {
        path.stem
        for path, _text in sources()
        if path.parent.name == "commands" and path.parent.parent.name == "management"
    } - {"__init__"}

    assert "zdt_deployment" in found
    assert set(reference.command_names()) == found


def test_every_check_is_there_with_its_words_and_its_cure():
    named = {
        found
        for _path, text in sources()
        for found in re.findall(r"[\"'](zdt_\w+\.[EWI]\d{3})[\"']", text)
    }
    described = {check["id"]: check for check in reference.found_checks()}

    assert set(described) == named
    assert [name for name, check in described.items() if not check["text"]] == []
    assert [name for name, check in described.items() if not check["hint"]] == []


def test_every_kind_of_event_is_there():
    subjects = {kind.partition(".")[0] for kind in kinds.declared()}
    pattern = re.compile(rf"[\"']((?:{'|'.join(sorted(subjects))})\.[a-z]+(?:_[a-z]+)*)[\"']")
    recorded = {
        kind
        for path, text in sources()
        if re.search(r"events\.|\brecord\(|_leave_notice", text)
        for kind in pattern.findall(text)
    }

    assert recorded - NO_EVENTS <= set(kinds.declared())


def test_every_code_of_a_refusal_has_a_sentence_and_is_there():
    raised = {
        code
        for _path, text in sources()
        for call in calls(text)
        if ast.unparse(call.func).rpartition(".")[2] in ("Refused", "Stale")
        and (code := first_text(call))
    }

    assert len(raised) > 40
    shown = reference.refusals()
    assert raised - set(messages.registered()) == set()
    assert {code for code in messages.registered() if f"`{code}`" not in shown} == set()


def test_every_exception_is_there():
    kinds_of = {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }

    assert {
        name for name in kinds_of if f"exceptions.{name}`" not in reference.exceptions()
    } == set()


def test_every_metric_is_there():
    declared = {
        name
        for _path, text in sources()
        for call in calls(text)
        if ast.unparse(call.func) == "Family" and (name := first_text(call))
    }

    assert declared
    assert {name for name in declared if f"| `{name}` |" not in reference.metrics()} == set()


def test_every_permission_that_the_code_asks_for_is_there():
    known = {name for name, _text in reference.granted()}
    asked = {
        found
        for _path, text in sources()
        for found in re.findall(r"[\"'](zdt_(?:core|flags|deploy|audit)\.[a-z]+_[a-z]+)[\"']", text)
        if not (ROOT / found.replace(".", "/")).exists()
        and not (ROOT / (found.replace(".", "/") + ".py")).exists()
    }

    assert asked <= known


def test_every_address_that_is_routed_is_there():
    names = {
        first
        for path, text in sources()
        if path.name == "urls.py"
        for call in calls(text)
        if ast.unparse(call.func) in ("path", "re_path") and (first := first_text(call))
    }
    shown = [address for address, _text in reference.addresses()]

    assert "feature-flags/<str:name>/percentage" in names
    plain = {name.strip("^$").replace("\\", "") for name in names}
    assert [name for name in plain if not any(name in address for address in shown)] == []
    assert [address for address, text in reference.addresses() if not text] == []
    assert [address for address in shown if re.search(r"[\^$?\\]", address)] == []


def test_public_names_exist_and_say_what_they_do():
    text = reference.python()

    assert text.count("\n## ") == len(reference.PUBLIC) - 1
