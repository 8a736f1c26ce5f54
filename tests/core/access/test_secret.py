"""Secrets: random, hashed, named by their public part."""

import pytest

from zdt_core.access import secret


def test_a_secret_is_read_back_as_it_was_made():
    made = secret.mint()

    assert secret.read(made.text) == made
    assert made.text.startswith(f"zdt_{made.prefix}_")
    assert made.matches(made.digest)


def test_no_two_are_the_same():
    assert len({secret.mint().text for _ in range(100)}) == 100


def test_it_has_256_bits_beside_its_prefix():
    assert len(secret.mint().text.removeprefix("zdt_").split("_", 1)[1]) == 43


def test_another_secret_of_the_same_prefix_does_not_match():
    made = secret.mint()
    other = secret.Secret(made.prefix, made.text[:-1] + ("A" if made.text[-1] != "A" else "B"))

    assert not other.matches(made.digest)


def test_a_repr_holds_nothing_secret():
    made = secret.mint()

    assert made.text not in repr(made)
    assert made.prefix in repr(made)


def test_the_digest_is_sha256():
    given = secret.Secret("0" * 12, "zdt_" + "0" * 12 + "_" + "a" * 43)

    assert given.digest == "879a288f101b58e4b5172ab601e3ae65cee2b5f88d1330f2468d665ae406cf9d"


@pytest.mark.parametrize("text", ["", "zdt_", "zdt_abc_def", "zdt_" + "G" * 12 + "_" + "a" * 43,
                                  "zdt_" + "0" * 12 + "_" + "a" * 42, "x" * 10_000])  # fmt: skip
def test_what_is_none_of_ours_is_none(text):
    assert secret.read(text) is None
