"""The sockets of a call."""

import gc
import select
import socket
import ssl
import struct

import pytest
from urllib3.util.ssl_ import create_urllib3_context

from zdt_core.outbound.line import TlsSocket

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: close with a reset."""


@pytest.fixture
def broken():
    """A connection that was reset before anything was said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connected = socket.create_connection(server.getsockname())
        accepted, _address = server.accept()
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        accepted.close()
    waiting = select.poll()
    waiting.register(connected, select.POLLHUP | select.POLLERR)
    assert waiting.poll(10_000)
    return connected


def test_what_breaks_before_the_handshake_is_closed(broken):
    """Otherwise the warning of the socket that stayed open fails this test."""
    context = create_urllib3_context()
    context.sslsocket_class = TlsSocket

    with pytest.raises((ConnectionError, ssl.SSLError)):
        context.wrap_socket(broken, server_hostname="127.0.0.1")
    gc.collect()
