"""Real local servers that take messages, and some that misbehave."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TARGETS_PATIENCE = 30.0
"""Seconds a target that hangs goes on doing so: whoever waits for it to end is told apart from one who leaves."""


@dataclass
class Sink:
    """What a server took; `statuses` are its next answers, then 200."""

    port: int = 0
    got: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    origin: str = "http://127.0.0.1"

    @property
    def url(self) -> str:
        return f"{self.origin}:{self.port}"


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up, as one does that does not believe a certificate, is nothing to print."""


@contextlib.contextmanager
def sink(tls: ssl.SSLContext | None = None) -> Iterator[Sink]:
    """A server that takes every POST; with `tls` it is called by the name localhost."""
    told = Sink() if tls is None else Sink(origin="https://localhost")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            told.got.append((self.path, dict(self.headers), body))
            self.send_response(told.statuses.pop(0) if told.statuses else 200)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: object) -> None: ...

    server = _Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@contextlib.contextmanager
def raw(answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that answers each connection in a way of its own; yields its port."""
    stop = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    threads = []

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                one, _ = listening.accept()
                threads.append(threading.Thread(target=_one, args=(one,), daemon=True))
                threads[-1].start()

    def _one(one: socket.socket) -> None:
        with one, contextlib.suppress(OSError):
            one.settimeout(5)
            answer(one, stop)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    yield listening.getsockname()[1]
    stop.set()
    serving.join()
    for thread in threads:
        thread.join()
    listening.close()


def hang(_one: socket.socket, stop: threading.Event) -> None:
    """Takes the connection and says nothing."""
    stop.wait(TARGETS_PATIENCE)


def drip_headers(one: socket.socket, stop: threading.Event) -> None:
    """A byte of an endless header now and then: no single wait is long."""
    one.recv(65536)
    one.sendall(b"HTTP/1.1 200 OK\r\nX-Endless: ")
    until = time.monotonic() + TARGETS_PATIENCE
    while not stop.wait(0.05) and time.monotonic() < until:
        one.sendall(b"x")


def endless_body(one: socket.socket, stop: threading.Event) -> None:
    """200, and a body that never ends."""
    one.recv(65536)
    one.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while not stop.is_set():
        one.sendall(b"x" * 65536)


def garbage(one: socket.socket, _stop: threading.Event) -> None:
    """No HTTP at all."""
    one.recv(65536)
    one.sendall(b"\x00\xff" * 500)


def huge_header(one: socket.socket, stop: threading.Event) -> None:
    """One header of many megabytes."""
    one.recv(65536)
    one.sendall(b"HTTP/1.1 200 OK\r\nX-Huge: ")
    while not stop.is_set():
        one.sendall(b"x" * 65536)
