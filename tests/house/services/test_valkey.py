import socket

import pytest
import redis

from demo.services import ServicesError, valkey
from demo.services.account import ourselves
from demo.services.place import Place
from demo.services.valkey import Valkey

pytestmark = pytest.mark.system


@pytest.fixture
def place():
    place = Place(ourselves())
    yield place
    place.remove()


@pytest.fixture
def server(place):
    server = Valkey(place, ourselves())
    yield server
    server.stop(empty=True)


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_that_was_taken_in_between_is_not_the_end(server, taken_port, monkeypatch):
    ports = iter([taken_port, valkey.free_port()])
    monkeypatch.setattr(valkey, "free_port", lambda: next(ports))
    server.start()

    with redis.Redis.from_url(server.url) as client:
        assert client.ping()
    assert str(taken_port) not in server.url


def test_it_gives_up_with_a_sentence(server, taken_port, monkeypatch):
    monkeypatch.setattr(valkey, "free_port", lambda: taken_port)
    monkeypatch.setattr(valkey, "ATTEMPTS", 2)

    with pytest.raises(ServicesError, match=r"Valkey did not start\.\nThe port .* taken"):
        server.start()


def test_strangers_on_this_machine_are_refused(server):
    server.start()
    port = int(server.url.rsplit(":", 1)[1].split("/")[0])

    with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
        stranger.sendall(b"PING\r\n")
        assert stranger.recv(99).startswith(b"-NOAUTH ")
