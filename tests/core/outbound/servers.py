"""Real servers for calls to the outside: one that obeys HTTP, and sockets that do not."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Heard:
    """What a server was asked, oldest first, and what it answers: ``(status, headers, body)``."""

    def __init__(self):
        self.requests = []
        self.answers = []
        self.port = 0

    def answer(self, status=200, body=b"ok", **headers):
        self.answers.append((status, headers, body))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self):
        return [json.loads(body) for _method, _path, _headers, body in self.requests]


@contextmanager
def listening(wrap=None):
    """An HTTP server: the given answers in turn (the last one for ever), 200 where none is."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.requests.append((self.command, self.path, dict(self.headers), body))
            answers = heard.answers
            status, headers, body = (
                (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else (200, {}, b"")
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        do_POST = do_PUT = do_HEAD = do_GET

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if wrap is not None:
        server.socket = wrap(server.socket)
    heard.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def dripping(start, drop=b"x", every=0.02):
    """A port that sends ``start``, then ``drop`` again and again until the other side has gone."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        with contextlib.suppress(OSError):
            client, _address = server.accept()
            with client:
                client.recv(4096)
                client.sendall(start)
                until = time.monotonic() + 20
                while not over.wait(every) and time.monotonic() < until:
                    client.sendall(drop)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1], thread
    finally:
        over.set()
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()
