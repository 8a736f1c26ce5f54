"""Calls to the outside against real servers, well-behaved and not."""

import gzip
import logging
import socket
import threading
import time

import pytest

from tests.core.outbound import servers
from zdt_core import messages, outbound
from zdt_core.exceptions import Refused, Unavailable


def refusal(call, error=Refused):
    with pytest.raises(error) as caught:
        call()
    return caught.value


def test_an_answer_has_its_status_headers_and_body(server):
    server.answer(201, b'{"a": 1}', X_Here="yes")
    answer = outbound.request("POST", f"{server.url}/x?y=1", json={"é": 2}, headers={"X-A": "b"})
    assert (answer.status, answer.ok, answer.json()) == (201, True, {"a": 1})
    assert answer.headers["x-here"] == "yes"
    ((method, path, headers, body),) = server.requests
    assert (method, path, headers["X-A"]) == ("POST", "/x?y=1", "b")
    assert headers["Content-Type"] == "application/json"
    assert body == b'{"\\u00e9": 2}'


def test_a_status_of_500_is_an_answer(server):
    server.answer(500, b"no")
    assert not outbound.request("GET", server.url).ok


@pytest.mark.parametrize("url", ["ftp://example.org/", "http://", "/x", "http://a:b:c/", "file:///etc/passwd"])  # fmt: skip # noqa: E501
def test_what_is_no_url_is_refused(url):
    assert refusal(lambda: outbound.request("GET", url)).code == "outbound_url_invalid"


# ---- time ----


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
    ],
    ids=["status", "headers", "body", "chunk"],
)
def test_a_server_that_drips_is_cut_off(at_home, start):
    with servers.dripping(start) as (port, serving):
        began = time.monotonic()
        error = refusal(
            lambda: outbound.request("GET", f"http://127.0.0.1:{port}/", deadline=0.15),
            outbound.Unanswered,
        )
        assert time.monotonic() - began < 1
        assert error.code == "outbound_too_slow"
        serving.join(5)  # the connection has ended, so that the server notices
        assert not serving.is_alive()


def test_a_server_that_says_nothing_is_cut_off(at_home):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        error = refusal(lambda: outbound.request("GET", url, deadline=0.1), outbound.Unanswered)
    assert error.code == "outbound_too_slow"
    assert "0.1 s" in str(error)


def test_a_resolver_that_hangs_does_not_hold_the_caller(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: over.wait(5) and [])
    began = time.monotonic()
    error = refusal(
        lambda: outbound.request("GET", "http://example.org/", deadline=0.1), outbound.Unanswered
    )
    over.set()
    assert (error.code, time.monotonic() - began < 1) == ("outbound_too_slow", True)


def test_a_handshake_that_hangs_is_cut_off(at_home, certificate):
    with servers.dripping(b"\x16\x03\x03\xff\xff") as (port, _serving):
        error = refusal(
            lambda: outbound.request("GET", f"https://127.0.0.1:{port}/", deadline=0.15),
            outbound.Unanswered,
        )
    assert error.code in ("outbound_too_slow", "outbound_unreachable")


# ---- size ----


def test_an_answer_that_is_too_large_is_not_read_to_its_end(at_home):
    with servers.dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000, every=0.001) as (port, serving):
        error = refusal(
            lambda: outbound.request("GET", f"http://127.0.0.1:{port}/", max_bytes=5000),
            outbound.Unanswered,
        )
        assert (error.code, error.params["limit"]) == ("outbound_too_large", 5000)
        serving.join(5)
        assert not serving.is_alive()


def test_what_was_packed_counts_unpacked(server):
    server.answer(200, gzip.compress(b"x" * 1_000_000), Content_Encoding="gzip")
    error = refusal(
        lambda: outbound.request("GET", server.url, max_bytes=100_000), outbound.Unanswered
    )
    assert error.code == "outbound_too_large"
    assert server.requests[0][2]["Accept-Encoding"] == "identity"


def test_an_answer_of_just_the_size_is_fine(server):
    server.answer(200, b"x" * 100)
    assert outbound.request("GET", server.url, max_bytes=100).body == b"x" * 100


# ---- where to ----


def test_home_is_denied_unless_it_is_allowed():
    with servers.listening() as heard:
        error = refusal(lambda: outbound.request("GET", f"{heard.url}/?token=secret"))
        assert (error.code, error.params["address"]) == ("outbound_address_denied", "127.0.0.1")
        assert "ZDT_OUTBOUND_ALLOW" in str(error)
        assert "secret" not in f"{error} {error.params}"
        assert heard.requests == []


def test_a_name_is_judged_by_where_it_leads():
    with servers.listening() as heard:
        url = f"http://localhost:{heard.port}/"
        assert refusal(lambda: outbound.request("GET", url)).code == "outbound_address_denied"
        assert heard.requests == []


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"])
def test_the_metadata_of_a_cloud_is_denied(host):
    assert refusal(lambda: outbound.request("GET", f"http://{host}/latest/meta-data/", deadline=2)).code == "outbound_address_denied"  # fmt: skip # noqa: E501


def test_a_name_that_changes_its_address_cannot_fool_it(monkeypatch, settings):
    """The address that was judged is the one that is connected to: the name is asked once."""
    settings.ZDT_OUTBOUND_ALLOW = []
    asked = []
    real = socket.getaddrinfo

    def rebinding(host, port, *args, **kwargs):
        asked.append(host)
        where = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return real(where, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with servers.listening() as heard:
        url = f"http://rebind.example:{heard.port}/"
        assert refusal(lambda: outbound.request("GET", url)).code == "outbound_address_denied"
        assert (asked, heard.requests) == (["rebind.example"], [])


def test_one_denied_address_denies_the_name(monkeypatch, at_home):
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    both = [(*entry, ("127.0.0.1", 9)), (*entry, ("10.0.0.1", 9))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: both)
    error = refusal(lambda: outbound.request("GET", "http://two.example/"))
    assert error.params["address"] == "10.0.0.1"


def test_proxies_of_the_environment_are_not_asked(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert outbound.request("GET", server.url).ok


def test_a_proxy_that_was_asked_for_is_used(server, settings):
    settings.ZDT_OUTBOUND_PROXY = server.url
    server.answer(200, b"by proxy")
    assert outbound.request("GET", "http://example.org/x").body == b"by proxy"
    assert server.requests[0][1] == "http://example.org/x"


def test_credentials_of_a_netrc_are_not_sent(server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    outbound.request("GET", server.url)
    assert "Authorization" not in server.requests[0][2]


# ---- redirects ----


def test_redirects_are_not_followed_by_default(server):
    server.answer(302, Location="/there")
    assert outbound.request("GET", server.url).status == 302
    assert len(server.requests) == 1


def test_redirects_are_followed_where_asked_and_headers_stay_with_their_host(server):
    with servers.listening() as other:
        server.answer(302, Location="/b")
        server.answer(307, Location=f"{other.url}/c")
        other.answer(200, b"there")
        answer = outbound.request(
            "GET", f"{server.url}/a", redirects=2, headers={"X-Key": "secret"}
        )
        assert answer.body == b"there"
        assert [headers.get("X-Key") for *_, headers, _body in server.requests] == ["secret"] * 2
        assert "X-Key" not in other.requests[0][2]


def test_every_hop_is_judged(server, settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    server.answer(302, Location="http://169.254.169.254/latest/")
    error = refusal(lambda: outbound.request("GET", server.url, redirects=3))
    assert error.params["address"] == "169.254.169.254"


def test_a_circle_of_redirects_ends(server):
    server.answer(302, Location="/again")
    error = refusal(lambda: outbound.request("GET", server.url, redirects=3), outbound.Unanswered)
    assert (error.code, len(server.requests)) == ("outbound_lost_its_way", 4)


def test_what_is_posted_is_not_sent_elsewhere(server):
    server.answer(307, Location="/there")
    assert outbound.request("POST", server.url, json={}, redirects=3).status == 307
    assert len(server.requests) == 1


# ---- trust ----


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(at_home, certificate):
    with servers.listening(certificate.wrap) as heard:
        url = f"https://127.0.0.1:{heard.port}/secret?token=secret"
        error = refusal(lambda: outbound.request("GET", url, secret_path=True), outbound.Unanswered)
        assert error.code == "outbound_untrusted"
        assert "secret" not in str(error)
        assert heard.requests == []


def test_an_authority_of_ones_own_is_trusted(at_home, certificate, settings):
    settings.ZDT_OUTBOUND_CA_BUNDLE = str(certificate.file)
    with servers.listening(certificate.wrap) as heard:
        heard.answer(200, b"trusted")
        assert outbound.request("GET", f"https://127.0.0.1:{heard.port}/").body == b"trusted"


# ---- trouble ----


def test_nobody_there_is_told_as_such(at_home):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = refusal(
        lambda: outbound.request("GET", f"http://me:secret@127.0.0.1:{port}/x?y=secret"),
        Unavailable,
    )
    assert error.code == "outbound_unreachable"
    assert str(error) == f"http://127.0.0.1:{port}/x cannot be reached: Connection refused."


def test_an_unknown_host_is_told_as_such(monkeypatch):
    def nobody(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    error = refusal(lambda: outbound.request("GET", "http://nowhere.example/"), Unavailable)
    assert error.code == "outbound_unknown_host"


def test_nonsense_is_told_as_such(at_home):
    with servers.dripping(b"hello, I do not speak HTTP\r\n\r\n") as (port, _serving):
        error = refusal(
            lambda: outbound.request("GET", f"http://127.0.0.1:{port}/"), outbound.Unanswered
        )
    assert error.code == "outbound_unreachable"


def test_no_secret_is_logged_at_any_level(server, caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("urllib3.connectionpool").debug("others are heard")
        outbound.request("GET", f"{server.url}/hooks/secret?token=secret")
    assert "others are heard" in caplog.text
    assert "secret" not in caplog.text


def test_every_code_has_a_sentence():
    for code in ("outbound_too_slow", "outbound_too_large", "outbound_untrusted"):
        assert messages.text(code, {"url": "https://x"}).startswith(("https://x", "The certif"))
