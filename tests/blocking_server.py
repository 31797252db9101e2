"""A server with a thread for each connection, for clients on several event loops, threads and processes."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

import pytest


class BlockingServer:
    """A server on loopback that gives the same reply to every request: `with BlockingServer() as server`.

    Args:
        tls: its certificate; without one, it does not use TLS.
        body: the body of its replies.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, body: bytes = b"{}") -> None:
        self._tls = tls
        self._body = body
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._connections: list[threading.Thread] = []
        self.accepted = 0  # counts the connections
        self._accepting = threading.Thread(target=self._accept)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
        self.replies = threading.Event()  # while it is cleared, requests get no reply
        self.replies.set()
        self._requests = threading.Semaphore(0)

    def wait_for_request(self) -> None:
        """Wait until one more request has arrived."""
        assert self._requests.acquire(timeout=10), "no request arrives"

    def wait_until_closed(self) -> None:
        """Wait until the clients have closed all connections. Fail if one stays open."""
        while self._connections:
            connection = self._connections.pop()
            connection.join(10)
            assert not connection.is_alive(), "a connection stays open"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.replies.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                accepted = self._listener.accept()[0]
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                thread = threading.Thread(target=self._serve, args=[accepted], daemon=True)
                self._connections.append(thread)
                self.accepted += 1
                thread.start()

    def _serve(self, accepted: socket.socket) -> None:
        with accepted, suppress(ConnectionError, ssl.SSLEOFError):
            connection = self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted
            with connection:
                received = b""
                while data := connection.recv(65536):
                    received += data
                    head, end, body = received.partition(b"\r\n\r\n")
                    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                    if end and len(body) >= length:
                        received = b""
                        self._requests.release()
                        self.replies.wait()
                        connection.sendall(
                            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(self._body), self._body)
                        )


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest) -> Iterator[BlockingServer]:
    """Yield a server; each test runs without and with TLS."""
    tls: ssl.SSLContext | None = request.getfixturevalue("certificate") if request.param == "https" else None
    with BlockingServer(tls) as made:
        yield made
