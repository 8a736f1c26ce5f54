import pytest
from django.utils import translation
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy

from zdt_core import messages


@pytest.fixture(autouse=True)
def own_sentences(monkeypatch):
    monkeypatch.setattr(messages, "_sentences", {})


def test_a_code_becomes_its_sentence():
    messages.register({"too_large": "It has {size} rows; the limit is {limit}."})

    assert messages.text("too_large", {"size": 7, "limit": 5}) == "It has 7 rows; the limit is 5."


def test_without_a_code_there_is_no_text():
    assert messages.text("") == ""


def test_an_unknown_code_still_tells_its_facts():
    assert messages.text("strange", {"size": 7}) == "strange (size=7)"
    assert messages.text("strange") == "strange"


def test_a_missing_field_still_yields_readable_text():
    messages.register({"too_large": "It has {size} rows."})

    assert messages.text("too_large", {}) == "It has (size unknown) rows."


def test_what_was_not_measured_is_a_dash():
    messages.register({"slow": "p95 was {ms} ms."})

    assert messages.text("slow", {"ms": None}) == "p95 was – ms."


def test_sentences_may_be_lazy():
    messages.register({"hello": lazystr("Hello {name}.")})

    assert messages.text("hello", {"name": "Anna"}) == "Hello Anna."


def test_sentences_are_translated_when_they_are_read():
    messages.register({"yes": gettext_lazy("Yes")})

    with translation.override("de"):
        assert messages.text("yes") == "Ja"
    with translation.override("en"):
        assert messages.text("yes") == "Yes"


@pytest.mark.parametrize("value", ["{x}", "{0}", "{", "%s"])
def test_what_a_parameter_holds_is_never_read_as_a_field(value):
    messages.register({"named": "It is {value}."})

    assert messages.text("named", {"value": value}) == f"It is {value}."


def test_a_cause_is_told_in_its_own_words():
    messages.register({"gone": "It is gone: {cause}", "idle": "Nothing for {seconds} s."})
    params = {"cause": "idle", "cause_params": {"seconds": 60}, "seconds": 600}

    assert messages.text("gone", params) == "It is gone: Nothing for 60 s."
    assert messages.text("gone", {"cause": "strange"}) == "It is gone: strange"


def test_a_code_has_one_sentence():
    sentences = {"pool_empty": "The pool is empty."}
    messages.register(sentences)
    messages.register(sentences)

    with pytest.raises(ValueError, match="pool_empty"):
        messages.register({"pool_empty": "Fill it."})
