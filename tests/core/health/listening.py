"""Servers for probes to meet: one that answers, and one that accepts and says nothing."""

import socket
import threading
from contextlib import contextmanager


@contextmanager
def silent():
    """A port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def answering(reply):
    """A port that sends ``reply`` to whoever connects, and closes."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                client, _address = server.accept()
            except OSError:
                return
            with client:
                client.recv(4096)
                client.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()
