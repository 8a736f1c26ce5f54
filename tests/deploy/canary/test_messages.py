"""Every code that the watching side can give has a sentence that names its numbers."""

import ast
from pathlib import Path

import pytest

from zdt_core import messages
from zdt_deploy.canary import messages as words

ROOM = Path(words.__file__).parent
MODULES = (
    "judge",
    "limits",
    "certainty",
    "sequential/terms",
    "glance",
    "consequences",
    "ingest",
    "monitor",
    "unheard",
    "aftermath",
    "rollback",
    "orchestrator",
    "returned",
    "fitness",
)


def codes():
    """The literals in those modules that are sentences' codes or look like one."""
    for name in MODULES:
        for node in ast.walk(ast.parse((ROOM / f"{name}.py").read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
                yield node.value.replace("rollback_", "retreat_")  # the same of one region


@pytest.mark.parametrize("code", sorted(words.SENTENCES))
def test_every_sentence_is_used(code):
    assert code in set(codes()) | {"canary_p95_exceeds", "canary_p99_exceeds"}


@pytest.mark.parametrize("code", sorted(words.SENTENCES))
def test_a_sentence_is_readable_even_without_its_numbers(code):
    text = messages.text(code, {})
    assert not text[0].islower()
    assert text.rstrip().endswith((".", "?", ")"))
