"""The connection of one call: judged when it is made, and cut when its time is up."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager
from urllib3.util.ssl_ import create_urllib3_context

from zdt_core.exceptions import Refused
from zdt_core.outbound.addresses import permitted
from zdt_core.outbound.errors import Unanswered


class Line:
    """The sockets of one call, which has ``seconds`` from now; ``place`` is its URL to show."""

    def __init__(self, seconds: float, allowed: list[str], place: str) -> None:
        self.seconds, self.allowed, self.place = seconds, allowed, place
        self._deadline = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_cut = False

    @property
    def seconds_left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def too_slow(self) -> Unanswered:
        return Unanswered("outbound_too_slow", url=self.place, seconds=round(self.seconds, 3))

    def cut(self) -> None:
        """End the call at once, whatever it waits for."""
        with self._lock:
            self._is_cut = True
            for connected in self._sockets:
                _shut(connected)

    def connect(self, host: str, port: int) -> socket.socket:
        """A socket to the first address of ``host`` that answers; none is tried that may not be.

        Raises Refused, OSError, and Unanswered for a host that nobody knows.
        """
        addresses = self._resolve(host, port)
        trouble: OSError = OSError("no address")
        for family, kind, protocol, _name, address in addresses:
            connected = socket.socket(family, kind, protocol)
            try:
                connected.settimeout(self.seconds_left)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connected.connect(address)
                self._judge(connected.getpeername()[0])
                self._take(connected)
            except OSError as error:
                connected.close()
                trouble = error
            except Refused:
                connected.close()
                raise
            else:
                return connected
        raise trouble

    def _resolve(self, host: str, port: int) -> list[Any]:
        """All addresses of ``host``, each judged: one that is denied denies them all."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no name"
            raise Unanswered("outbound_unknown_host", url=self.place, reason=reason) from error
        for *_rest, address in found:
            self._judge(str(address[0]))
        return found

    def _judge(self, address: str) -> None:
        if not permitted(address, self.allowed):
            raise Refused("outbound_address_denied", url=self.place, address=address)

    def _take(self, connected: socket.socket) -> None:
        """Keep a second handle: TLS takes the first one over."""
        with self._lock:
            if self._is_cut:
                raise TimeoutError("the time is up")
            self._sockets.append(connected.dup())

    def close(self) -> None:
        with self._lock:
            for connected in self._sockets:
                connected.close()
            self._sockets.clear()


class TlsSocket(ssl.SSLSocket):
    """Closes itself when the connection breaks.

    The ssl module leaves a socket open that was cut between its connection and the handshake.
    """

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except ConnectionError:
            self.close()
            raise


class JudgingAdapter(HTTPAdapter):
    """Makes every connection of a requests session through ``line``."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        line = self._line

        class Http(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return line.connect(self.host.strip("[]"), self.port)

        class Https(HTTPSConnection):
            def connect(self) -> None:
                if self.ssl_context is None:
                    self.ssl_context = create_urllib3_context()
                    self.ssl_context.sslsocket_class = TlsSocket
                super().connect()

            def _new_conn(self) -> socket.socket:
                return line.connect(self.host.strip("[]"), self.port)

        class HttpPool(HTTPConnectionPool):
            ConnectionCls = Http

        class HttpsPool(HTTPSConnectionPool):
            ConnectionCls = Https

        manager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}


def _shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended by itself
        return
