import pytest

from zdt_deploy.canary.sources.hiding import LONGEST, secrets_in, told

OPTIONS = {
    "kind": "own", "latency": "x", "api_key": "k-123456", "app_key": "a-123456",
    "url": "https://ada:s%2Fecret@p.example/?sig=t-123456", "more": {"password": "p-123456"},
    "seconds": 60,
}  # fmt: skip


def test_secrets_are_known_by_their_names_and_from_addresses():
    assert secrets_in(OPTIONS) >= {
        "k-123456", "a-123456", "s%2Fecret", "s/ecret", "t-123456", "p-123456",
    }  # fmt: skip
    assert not {"own", "x", ""} & secrets_in(OPTIONS)


@pytest.mark.parametrize("form", ["k-123456", "s%2Fecret", "s/ecret", "a-123456k-123456"])
def test_what_is_told_is_without_them(form):
    text = told(f"it said {form}!", secrets_in(OPTIONS))

    assert text in ("it said …!", "it said ……!")


def test_what_is_told_is_one_printable_line_of_some_length():
    assert told("a\n\tb\x1b[31m\x00c") == "a b [31m c"
    assert len(told("x" * 5000)) == LONGEST + 1
    assert told("") == ""


def test_an_address_that_is_none_is_hidden_as_a_whole():
    assert secrets_in({"url": "http://[broken"}) == {"http://[broken"}
