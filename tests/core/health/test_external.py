import pytest
import requests

from tests.core.health.listening import answering, silent
from zdt_core.health import Unhealthy, external


def reply(status, extra=""):
    return f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{extra}\r\n".encode()


def test_an_answer_tells_its_status():
    with answering(reply(204)) as port:
        assert external.probe(f"http://127.0.0.1:{port}/") == {"status": 204}


def test_a_redirect_is_an_answer_and_is_not_followed():
    with answering(reply(302, "Location: http://127.0.0.1:1/\r\n")) as port:
        assert external.probe(f"http://127.0.0.1:{port}/") == {"status": 302}


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_bad_status_is_unhealthy_and_shown(status):
    with answering(reply(status)) as port, pytest.raises(Unhealthy) as error:
        external.probe(f"http://127.0.0.1:{port}/")

    assert error.value.facts == {"status": status}


def test_a_service_that_hangs_ends_by_its_limit(settings):
    settings.ZDT_HEALTH_URLS_DEADLINE = 0.05
    with silent() as port, pytest.raises(requests.Timeout):
        external.probe(f"http://127.0.0.1:{port}/")
