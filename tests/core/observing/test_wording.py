"""Messages of one kind read the same, and no sample holds a secret."""

import pytest

from zdt_core.observing import wording


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Order 17 of 3 items failed", "Order 1804 of 12 items failed"),
        ("took 1.25 s", "took 31.5 s"),
        ("no user ada@example.com", "no user bob.b+x@mail.example.org"),
        ("key 'a' is missing", "key 'the other' is missing"),
        ('field "name" is too long', 'field "street" is too long'),
        (
            "job 0f8fad5b-d9cb-469f-a165-70867728950e",
            "job 7c9e6679-7425-40de-944b-e07fc1f90ae7",
        ),
        ("at 0x7f3a12", "at 0x55d00f"),
        ("commit 9fceb02d0ae598e9", "commit 1f7a7a472abf3dd9"),
        ("from 10.0.0.1:8000", "from 192.168.17.4:443"),
        ("Internal Server Error: /orders/17/", "Internal Server Error: /orders/18/"),
    ],
)
def test_what_differs_from_time_to_time_is_left_out(one, other):
    assert wording.shape(one) == wording.shape(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The payment was refused", "The payment was lost"),
        ("Internal Server Error: /orders/", "Internal Server Error: /products/"),
    ],
)
def test_what_tells_kinds_apart_stays(one, other):
    assert wording.shape(one) != wording.shape(other)


def test_only_the_first_line_counts_and_not_all_of_a_long_one():
    assert wording.shape("broken\nDETAIL: Key (mail)=(ada@example.com)") == "broken"
    assert len(wording.shape("long " * 10_000)) <= wording.LONGEST


SECRETS = {
    "password=hunter2": "hunter2",
    "no login with password=swordfish": "swordfish",
    "sent Bearer abcdefghijkl": "abcdefghijkl",
    "'password': 'hunter2 and more'": "hunter2",
    '{"api_key": "abc"}': "abc",
    "DB_PASSWORD: s3cr3t": "s3cr3t",
    "Authorization: Bearer abcdef123456": "abcdef123456",
    "sent Bearer abcdef123456": "abcdef123456",
    "postgres://shop:hunter2@db/shop": "hunter2",
    "redis://:hunter2@cache:6379/0 refused": "hunter2",
    "no answer from rediss://:hun/t@er2@cache:6379/0": "er2",
    "https://ghtoken@git.example/shop.git": "ghtoken",
    "user AKIAIOSFODNN7EXAMPLE may not put": "IOSFODNN7",
    "sent as xoxb-1234-abcdef": "abcdef",
    "no transfer to DE89370400440532013000": "3704",
    "no transfer to de89370400440532013000": "3704",
    "no transfer to GB82 WEST 1234 5698 7654 32": "WEST",
    "to https://hooks.slack.com/services/T00/B00/abcdefXYZ": "abcdefXYZ",
    "to https://discord.com/api/webhooks/17/abcdefXYZ": "abcdefXYZ",
    "GET /reset?code=918273&next=/": "918273",
    "no user ada@example.com": "ada@",
    "duplicate key: Key (email)=(ada)": "(ada)",
    "card 4111 1111 1111 1111 refused": "4111",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln": "eyJ",
    "cookie sessionid=kq3v8": "kq3v8",
    "key sk_live_4eC39HqLyjWDarjtT1zdp7dc": "4eC39",
}


@pytest.mark.parametrize(("message", "secret"), SECRETS.items())
def test_neither_a_sample_nor_a_shape_holds_a_secret(message, secret):
    """A message that was put together before it was logged is its own template."""
    assert secret not in wording.shape(message)
    found = wording.masked(message)
    assert secret not in found
    assert "***" in found


@pytest.mark.parametrize(
    "message",
    [
        "a" * 2000,
        "a-" * 1000,
        "token" * 400,
        "token-" * 300,
        "'\\" * 1000,
        "(a" * 1000,
        "a://" * 500,
        "a://:" * 400,
        "AB12 " * 400,
    ],
)
def test_a_hostile_message_is_read_in_no_time(message):
    """Some of these took many seconds, and all other threads waited."""
    for read in (wording.shape, wording.masked):
        assert len(read(message)) <= wording.LONGEST


def test_what_a_store_refuses_or_a_terminal_obeys_is_left_out():
    for read in (wording.shape, wording.masked, wording.plain):
        found = read("red \x1b[31m, nothing \x00, half \ud800 of a sign")
        assert found.encode()
        assert not set(found) & {"\x1b", "\x00"}
        assert found.startswith("red ")


def test_a_sample_keeps_what_helps():
    message = "Order 17 of shop.views.checkout failed after 3 attempts"

    assert wording.masked(message) == message
