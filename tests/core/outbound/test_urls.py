"""What of a URL may be shown."""

import pytest

from zdt_core.outbound.urls import origin, shown


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (
            "https://me:secret@hooks.example/T0/B1?token=secret#secret",
            "https://hooks.example/T0/B1",
        ),
        ("http://example.org:8080", "http://example.org:8080"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("http://[broken/secret", "…"),
        ("http://example.org:secret/", "…"),
    ],
)
def test_query_and_credentials_are_not_shown(url, text):
    assert shown(url) == text


def test_a_secret_path_is_not_shown():
    assert shown("https://hooks.example/T0/secret?x=1", path=False) == "https://hooks.example/…"
    assert shown("https://hooks.example/", path=False) == "https://hooks.example/"


def test_the_origin_knows_the_standard_ports():
    assert origin("https://Example.org/x") == origin("https://example.org:443/y")
    assert origin("http://example.org") != origin("https://example.org")
