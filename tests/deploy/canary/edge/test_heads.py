import pytest

from zdt_deploy.canary.edge.heads import (
    BadMessage,
    Ending,
    Framing,
    parse_request,
    parse_response,
    without_hops,
)


def request(*lines: str, start: str = "GET / HTTP/1.1"):
    return parse_request("\r\n".join([start, *lines, "", ""]).encode())


def test_a_request_is_read_and_written_back_unchanged():
    raw = b"POST /a?b=c HTTP/1.1\r\nHost: shop\r\nX-Two:  words here \r\n\r\n"
    parsed = parse_request(raw)
    assert (parsed.method, parsed.target, parsed.minor) == ("POST", "/a?b=c", 1)
    assert parsed.fields == [("Host", "shop"), ("X-Two", "words here")]
    assert parsed.encode() == raw.replace(b":  words here ", b": words here")


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nNo colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nX-Smuggled: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x00\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(raw):
    with pytest.raises(BadMessage) as caught:
        parse_request(raw)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("lines", "framing"),
    [
        ((), Framing(Ending.NO_BODY)),
        (("Content-Length: 0",), Framing(Ending.NO_BODY)),
        (("Content-Length: 12",), Framing(Ending.LENGTH, 12)),
        (("Content-Length: 12", "content-length: 12"), Framing(Ending.LENGTH, 12)),
        (("Transfer-Encoding: Chunked",), Framing(Ending.CHUNKED)),
    ],
)
def test_a_requests_body_ends_as_its_head_says(lines, framing):
    assert request(*lines).framing == framing


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("Content-Length: 3", "Transfer-Encoding: chunked"), 400),
        (("Content-Length: 3", "Content-Length: 4"), 400),
        (("Content-Length: -1",), 400),
        (("Content-Length: +1",), 400),
        (("Content-Length: ²",), 400),
        (("Transfer-Encoding: gzip, chunked",), 501),
    ],
)
def test_framings_that_smuggle_are_refused(lines, status):
    with pytest.raises(BadMessage) as caught:
        request(*lines)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "method", "lines", "ending"),
    [
        (200, "GET", "Content-Length: 5\r\n", Ending.LENGTH),
        (200, "HEAD", "Content-Length: 5\r\n", Ending.NO_BODY),
        (204, "GET", "", Ending.NO_BODY),
        (304, "GET", "Content-Length: 5\r\n", Ending.NO_BODY),
        (200, "GET", "Transfer-Encoding: chunked\r\n", Ending.CHUNKED),
        (200, "GET", "", Ending.CLOSE),
    ],
)
def test_a_responses_body_ends_as_status_method_and_head_say(status, method, lines, ending):
    response = parse_response(f"HTTP/1.1 {status} Words here\r\n{lines}\r\n".encode())
    assert response.framing(method).ending is ending


def test_fields_of_one_connection_are_dropped_with_those_that_connection_names():
    kept = without_hops(
        [("Connection", "close, X-Once"), ("x-once", "1"), ("Keep-Alive", "5"), ("Host", "a")]
    )
    assert kept == [("Host", "a")]


@pytest.mark.parametrize(
    ("start", "lines", "keeps"),
    [
        ("GET / HTTP/1.1", (), True),
        ("GET / HTTP/1.1", ("Connection: Close",), False),
        ("GET / HTTP/1.0", (), False),
    ],
)
def test_a_connection_is_kept_in_http_1_1_unless_somebody_wants_it_closed(start, lines, keeps):
    assert request(*lines, start=start).keeps_alive is keeps
